import { editDistance, nearest } from '../nearest.ts';
import { ALL_SETTINGS } from '../settings.ts';

/** What becomes of a variable of distribution's that is not one of our settings under another name. */
interface Fate {
  /** What to use instead, or why there is nothing to do. */
  readonly advice: string;
  /** Values with which there is nothing to say. */
  readonly silentFor?: RegExp;
  /** With any other value the start must not go on: what was asked for is not what would happen. */
  readonly stops?: true;
}

const ANYTHING = /^/;
const FOLDER_ONLY = 'images are kept in a folder only, which HAVRE_DATA names';
const NO_PULL_THROUGH = 'Havre does not mirror another registry yet';
const NO_WEBHOOKS =
  'endpoints are not read from here: `havre webhook add NAME URL --format distribution` makes one that gets the same notifications';
const NO_ACME = 'Havre does not fetch certificates itself yet: give it HAVRE_TLS_CERTIFICATE and HAVRE_TLS_KEY';
const OWN_TOKENS = 'Havre issues its own tokens at /token, signed with a key it makes itself';
const PORT_IS_IN_ADDRESS = 'the port is the end of HAVRE_HTTP_ADDRESS, as in :5000';

/** By name in capitals. One that ends in `*` stands for all that begin like it; the longest counts. */
export const REGISTRY_VARIABLES: Readonly<Record<string, Fate>> = {
  // Seen in the `.env` files of compose projects around distribution's image.
  REGISTRY_URL: {
    advice: 'HAVRE_PUBLIC_URL says by which URL clients reach the registry, where it cannot tell from their requests',
  },
  REGISTRY_HOST: {
    advice: 'HAVRE_PUBLIC_URL says by which URL clients reach the registry, where it cannot tell from their requests',
  },
  REGISTRY_PORT: { advice: PORT_IS_IN_ADDRESS },
  REGISTRY_LOADBALENCER_SERVER_PORT: { advice: PORT_IS_IN_ADDRESS },
  REGISTRY_LOADBALANCER_SERVER_PORT: { advice: PORT_IS_IN_ADDRESS },
  REGISTRY_HTTP_ENABLED: {
    advice:
      'plain HTTP is what HAVRE_HTTP_ADDRESS answers until HAVRE_TLS_CERTIFICATE is set, and HAVRE_HTTP_REDIRECT_ADDRESS then sends HTTP to HTTPS',
  },
  REGISTRY_CONFIGURATION_PATH: { advice: 'HAVRE_CONFIG names the configuration file' },

  // Distribution's own, by the sections of its config.yml.
  REGISTRY_VERSION: { silentFor: ANYTHING, advice: '' },
  REGISTRY_LOGLEVEL: { advice: 'use HAVRE_LOG_LEVEL' },
  'REGISTRY_LOG_ACCESSLOG_*': { advice: 'HAVRE_LOG_LEVEL=warn leaves out the line of each request' },
  'REGISTRY_LOG_FIELDS_*': { advice: 'the fields of a log line are fixed; whatever collects the log can add some' },
  'REGISTRY_LOG_HOOKS_*': { advice: 'Havre sends no mail; whatever collects the log can' },
  REGISTRY_STORAGE: { silentFor: /^filesystem$/, stops: true, advice: FOLDER_ONLY },
  REGISTRY_STORAGE_FILESYSTEM_MAXTHREADS: { advice: 'there is no such limit to set' },
  'REGISTRY_STORAGE_INMEMORY*': { advice: FOLDER_ONLY },
  'REGISTRY_STORAGE_S3_*': { advice: FOLDER_ONLY },
  'REGISTRY_STORAGE_GCS_*': { advice: FOLDER_ONLY },
  'REGISTRY_STORAGE_AZURE_*': { advice: FOLDER_ONLY },
  'REGISTRY_STORAGE_SWIFT_*': { advice: FOLDER_ONLY },
  'REGISTRY_STORAGE_OSS_*': { advice: FOLDER_ONLY },
  'REGISTRY_STORAGE_CACHE_*': {
    silentFor: /^inmemory$/,
    advice: 'the cache is in memory, and HAVRE_CACHE_MANIFEST_BYTES bounds it',
  },
  'REGISTRY_STORAGE_REDIRECT_*': {
    silentFor: /^true$/i,
    advice: 'content comes from the registry itself, without redirects',
  },
  'REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_*': {
    advice: 'HAVRE_UPLOADS_EXPIRE_SECONDS says when unfinished uploads are removed',
  },
  'REGISTRY_STORAGE_MAINTENANCE_READONLY_*': {
    silentFor: /^false$/i,
    advice: 'Havre has no read-only mode: take the push and delete grants away instead',
  },
  'REGISTRY_STORAGE_TAG_*': { advice: 'listing tags needs no such limit' },
  REGISTRY_AUTH: { silentFor: /^htpasswd$/, advice: "users are Havre's own, and those of HAVRE_AUTH_HTPASSWD_PATH" },
  'REGISTRY_AUTH_TOKEN_*': { advice: OWN_TOKENS },
  'REGISTRY_AUTH_SILLY_*': { advice: "users are Havre's own, and those of HAVRE_AUTH_HTPASSWD_PATH" },
  'REGISTRY_MIDDLEWARE_*': { advice: 'Havre has no plug-ins' },
  REGISTRY_HTTP_NET: { silentFor: /^tcp$/, advice: 'Havre listens on TCP, at HAVRE_HTTP_ADDRESS' },
  REGISTRY_HTTP_PREFIX: { advice: 'the registry is at the root of its host, where clients look for it' },
  REGISTRY_HTTP_SECRET: { silentFor: ANYTHING, advice: '' },
  REGISTRY_HTTP_RELATIVEURLS: { silentFor: ANYTHING, advice: '' },
  REGISTRY_HTTP_DRAINTIMEOUT: { advice: 'use HAVRE_HTTP_DRAIN_SECONDS' },
  'REGISTRY_HTTP_TLS_LETSENCRYPT_*': { advice: NO_ACME },
  'REGISTRY_HTTP_TLS_CLIENTCAS*': { advice: 'Havre does not check certificates of clients' },
  'REGISTRY_HTTP_TLS_CLIENTAUTH*': { advice: 'Havre does not check certificates of clients' },
  'REGISTRY_HTTP_TLS_CIPHERSUITES*': { advice: 'the cipher suites are chosen by HAVRE_TLS_MIN_VERSION' },
  'REGISTRY_HTTP_DEBUG_*': {
    advice: "/metrics is on the registry's own address; see HAVRE_METRICS_ENABLED and HAVRE_METRICS_PUBLIC",
  },
  'REGISTRY_HTTP_HEADERS_ACCESS-CONTROL-*': {
    advice: 'use HAVRE_HTTP_CORS_ALLOWED_ORIGINS and HAVRE_HTTP_CORS_ALLOW_CREDENTIALS',
  },
  'REGISTRY_HTTP_HEADERS_X-CONTENT-TYPE-OPTIONS': { silentFor: /nosniff/, advice: 'nosniff is always sent' },
  'REGISTRY_HTTP_HEADERS*': {
    advice: 'headers cannot be added; for Access-Control-* see HAVRE_HTTP_CORS_ALLOWED_ORIGINS',
  },
  'REGISTRY_HTTP_HTTP2_*': { advice: 'a proxy in front can speak HTTP/2' },
  'REGISTRY_HTTP_H2C_*': { advice: 'a proxy in front can speak HTTP/2' },
  'REGISTRY_NOTIFICATIONS_*': { advice: NO_WEBHOOKS },
  'REGISTRY_REDIS_*': { advice: 'Havre needs no Redis' },
  'REGISTRY_HEALTH_*': { advice: '/livez and /readyz always look at the storage' },
  'REGISTRY_PROXY_*': { advice: NO_PULL_THROUGH },
  'REGISTRY_COMPATIBILITY_*': { advice: 'manifests of schema 1 are refused' },
  'REGISTRY_VALIDATION_*': { advice: 'HAVRE_MANIFESTS_REQUIRE_INDEX_CHILDREN says whether an index may be sparse' },
  'REGISTRY_POLICY_*': { advice: 'there is no such rule' },
  'REGISTRY_REPORTING_*': { advice: 'Havre reports to nobody' },
  'REGISTRY_CATALOG_*': { advice: 'use HAVRE_LIMITS_PAGE_SIZE' },
};

const KNOWN = [
  ...Object.keys(REGISTRY_VARIABLES),
  ...ALL_SETTINGS.flatMap(({ setting }) => (setting.registry === undefined ? [] : [setting.registry.name])),
];

/** What to tell about a REGISTRY_* variable that is no setting: nothing, a warning or a problem. */
export function adviceOn(
  name: string,
  value: string,
): { readonly advice: string; readonly stops: boolean } | undefined {
  const fate = fateOf(name.toUpperCase());
  if (fate === undefined) return { advice: likeness(name), stops: false };
  if (fate.silentFor?.test(value) === true) return undefined;
  return { advice: fate.advice, stops: fate.stops === true };
}

function fateOf(name: string): Fate | undefined {
  const patterns = Object.keys(REGISTRY_VARIABLES)
    .filter((pattern) => pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1)))
    .sort((a, b) => b.length - a.length);
  return REGISTRY_VARIABLES[name] ?? REGISTRY_VARIABLES[patterns[0] ?? ''];
}

function likeness(name: string): string {
  const known = nearest(name, KNOWN);
  return editDistance(name, known) <= 2
    ? `${known} is known, and looks like it`
    : 'Havre has nothing that answers to it; docs/configuration.md lists what it has';
}
