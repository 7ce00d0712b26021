/**
 * The environment of this process without anything that would configure Havre: what a test says about the
 * configuration is then all there is to it.
 */
export function plainEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HAVRE|REGISTRY)_/.test(name)));
}
