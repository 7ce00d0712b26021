/** Why a policy is not made, changed or run: for whoever asked. */
export class PolicyError extends Error {
  readonly code: PolicyErrorCode;

  constructor(code: PolicyErrorCode, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

export type PolicyErrorCode =
  | 'POLICY_UNKNOWN'
  | 'POLICY_TAKEN'
  | 'POLICY_RUNNING'
  | 'POLICY_STOPPED'
  | 'REGISTRY_UNKNOWN';

export function policyUnknown(name: string): PolicyError {
  return new PolicyError('POLICY_UNKNOWN', `There is no policy ${name}.`);
}

export function policyTaken(name: string): PolicyError {
  return new PolicyError('POLICY_TAKEN', `There is a policy ${name} already.`);
}

export function registryUnknown(id: string): PolicyError {
  return new PolicyError('REGISTRY_UNKNOWN', `There is no registry ${JSON.stringify(id)}.`);
}

export function policyRunning(name: string): PolicyError {
  return new PolicyError('POLICY_RUNNING', `Policy ${name} is running already, here or on another node.`);
}

/** @param because what was done to the policy. */
export function policyStopped(name: string, because: string): PolicyError {
  return new PolicyError(
    'POLICY_STOPPED',
    `Policy ${name} ${because} while it ran: the run was stopped. Apply its plan to go on, or discard it.`,
  );
}
