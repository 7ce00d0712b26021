type Environment = Readonly<Record<string, string | undefined>>;

/** What AWS's own tools read of the environment to find out who the machine is. */
const NAMES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
] as const;

/** These variables alone, as the process has them: the working folder's `.env` says nothing of the machine. */
export function awsEnvironment(env: Environment = process.env): Environment {
  return Object.fromEntries(NAMES.map((name) => [name, env[name]]));
}
