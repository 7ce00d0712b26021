/**
 * `app/api` for `team/app/api`. Others have a project, or a repository of packages, above the name that their policies
 * speak of; here it is the first part of the name. A name of one part is all there is.
 */
export function nameInProject(repository: string): string {
  const slash = repository.indexOf('/');
  return slash < 0 ? repository : repository.slice(slash + 1);
}
