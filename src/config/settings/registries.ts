import type { SettingTree } from '../setting.ts';
import { projects } from '../project-kinds.ts';
import { count } from '../value-kinds.ts';

/** Connections to other registries. */
export const registries = {
  checkSeconds: {
    kind: count('seconds', { min: 0, max: 604_800 }),
    default: '3600',
    description:
      'How often each registry that is connected is tried in the background, give or take a tenth. One that fails is tried sooner at first. 0 is never: then nobody is reminded of secrets that end, and none is replaced by itself.',
  },
  checksAtOnce: {
    kind: count('checks', { min: 1, max: 100 }),
    default: '16',
    description: 'How many registries a node tries at a time.',
  },
  keepChecks: {
    kind: count('checks', { min: 1, max: 100_000 }),
    default: '500',
    description: 'How many checks of each registry are remembered.',
  },
  rotateAfterDays: {
    kind: count('days', { min: 0, max: 3650 }),
    default: '90',
    description:
      'How old the secret of a registry may become before people are reminded to replace it, where its connection does not say so itself. 0 is any age.',
  },
  keepOldSecretHours: {
    kind: count('hours', { min: 0, max: 8760 }),
    default: '24',
    description:
      'Where Havre replaces a secret by itself: how long the old one goes on working, for those who still have it.',
  },
  ambientAws: {
    kind: projects,
    default: 'false',
    description:
      'Whose connections may log in at Amazon ECR as the machine that Havre runs on: the projects, or `true` for all. Whoever manages registries there can then do in ECR whatever the machine may, and assume the roles that it may assume. Its identity is looked for as by AWS’s own tools: `AWS_ACCESS_KEY_ID` and the like in the environment (which may be those of S3), a web identity (IRSA), the role of the pod, of the container, of the instance.',
  },
} as const satisfies SettingTree;
