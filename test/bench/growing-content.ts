/*
 * The registry that grows: half of its images are in one repository, as a tag for each build, and half in many, ten in
 * each. So both a list of tags and the catalog grow with it.
 */

/** Where every second image is. */
export const LARGE = 'growth/builds';
const IMAGES_PER_REPOSITORY = 10;

export function repositoryOf(image: number): string {
  return image % 2 === 0 ? LARGE : `growth/service-${digits(Math.floor(image / 2 / IMAGES_PER_REPOSITORY))}`;
}

export function tagOf(image: number): string {
  return `build-${digits(image)}`;
}

/** That sort as they count. */
function digits(number: number): string {
  return String(number).padStart(7, '0');
}
