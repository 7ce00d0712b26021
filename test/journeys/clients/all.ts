import type { Client } from './client.ts';
import { crane } from './crane.ts';
import { docker } from './docker.ts';
import { helm } from './helm.ts';
import { oras } from './oras.ts';
import { buildah, podman } from './podman.ts';
import { regctl } from './regctl.ts';
import { skopeo } from './skopeo.ts';

/** Every client that pushes and pulls. */
export const CLIENTS: readonly Client[] = [docker, podman, buildah, skopeo, crane, oras, helm, regctl];
