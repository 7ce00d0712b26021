import type { Kind, SettingTree } from '../setting.ts';
import { list, text } from '../value-kinds.ts';

/** A registry that a cloud runs in a region: `GRA=registry.gra.ai.cloud.ovh.net/pn-123456`. */
export interface RegionalRegistry {
  readonly region: string;
  /** `registry.gra.ai.cloud.ovh.net` */
  readonly host: string;
  /** Of the cloud. */
  readonly project: string | undefined;
}

const regionalRegistry: Kind<RegionalRegistry> = {
  expects: 'a region and its host, such as GRA=registry.gra.ai.cloud.ovh.net',
  yaml: 'text',
  read(written) {
    const [, region, host, project] =
      /^([A-Za-z0-9][\w.-]{0,63})=([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?)(?:\/([\w.-]{1,128}))?$/i.exec(
        written,
      ) ?? [];
    if (region === undefined || host === undefined) return undefined;
    return { region, host: host.toLowerCase(), project };
  },
};

const sentences = text('text of at most 2,000 characters', /^[^]{1,2000}$/);

export const sharedRegistries = {
  regions: {
    kind: list(regionalRegistry, 'regions and their hosts such as GRA=registry.gra.ai.cloud.ovh.net/pn-123456'),
    default: '',
    description:
      'The shared registries of a cloud, one for each region: `GRA=registry.gra.ai.cloud.ovh.net`, with the project of the cloud behind a slash where there is one to name. They are shown with the command to log in there.',
  },
  warning: {
    kind: sentences,
    default:
      'By default, private images of your jobs are kept in a Docker registry that OVHcloud manages and its customers share. Images kept there may be deleted at any time.',
    description: 'What people are told before they keep anything there, in English.',
  },
  warningInFrench: {
    kind: sentences,
    default:
      'Nous stockons par défaut les images privées de vos jobs sur un Docker Registry géré par OVHcloud et partagé entre nos clients. Les images stockées peuvent être supprimées à tout moment.',
    description: 'The same in French.',
  },
} as const satisfies SettingTree;
