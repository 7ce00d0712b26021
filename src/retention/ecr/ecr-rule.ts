/** A rule of `lifecyclePolicyText`, as AWS writes it. */
export interface EcrRule {
  readonly rulePriority: number;
  readonly description?: string;
  readonly selection: EcrSelection;
  readonly action: { readonly type: 'expire' | 'transition'; readonly targetStorageClass?: 'archive' };
}

export interface EcrSelection {
  readonly tagStatus: 'tagged' | 'untagged' | 'any';
  readonly tagPrefixList?: readonly string[];
  readonly tagPatternList?: readonly string[];
  readonly storageClass?: 'standard' | 'archive';
  readonly countType: EcrCountType;
  readonly countUnit?: 'days';
  readonly countNumber: number;
}

export type EcrCountType = 'imageCountMoreThan' | 'sinceImagePushed' | 'sinceImagePulled' | 'sinceImageTransitioned';
