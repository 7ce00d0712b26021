import { awsEnvironment } from '../config/aws-environment.ts';
import { Upstreams } from '../egress/upstreams.ts';
import type { AmbientOptions } from '../providers/ecr/ambient-credentials.ts';
import { VERSION } from './version.ts';

/** Where Amazon tells a machine, a container and a pod who they are. */
const TELLING = ['169.254.169.254/32', '169.254.170.2/32', '169.254.170.23/32', 'fd00:ec2::23/128'];

/**
 * The identity that Amazon gave to the machine that Havre runs on. It is asked for by a way out of its own, which leads
 * nowhere else: connections to registries cannot be sent there.
 */
export function machineIdentity(): AmbientOptions {
  const environment = awsEnvironment();
  const full = environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '';
  const named = URL.canParse(full) ? [new URL(full).host] : [];
  const upstreams = new Upstreams({ allow: [...TELLING, ...named], userAgent: `havre/${VERSION}` });
  return { environment, http: upstreams.open({ purpose: 'machine-identity' }) };
}
