#!/usr/bin/env node
// Docker, podman, buildah and skopeo start it, where their configuration says "havre" for a registry.
import { fileURLToPath } from 'node:url';
import { launch } from './launch.js';

launch([fileURLToPath(new URL('../src/composition/docker-credential.ts', import.meta.url)), ...process.argv.slice(2)]);
