/** Second levels of countries under which anybody has a domain: `co.uk`, `com.au`. */
const PUBLIC_SECONDS = /^(?:ac|asso|co|com|edu|go|gob|gouv|gov|govt|gv|k12|ltd|mil|ne|net|nhs|nom|or|org|plc|sch)$/;

/**
 * Domains of providers under which anybody gets a name: what two names below them have in common says nothing of whose
 * they are. The public suffix list has thousands; these are those where registries and token services are found.
 */
const SHARED: ReadonlySet<string> = new Set([
  'amazonaws.com',
  'amazonaws.com.cn',
  'appspot.com',
  'azurecr.cn',
  'azurecr.io',
  'azurecr.us',
  'azurewebsites.net',
  'cleverapps.io',
  'cloudapp.azure.com',
  'cloudapp.net',
  'cloudflareaccess.com',
  'cloudfront.net',
  'co.com',
  'ddns.net',
  'de.com',
  'deno.dev',
  'digitaloceanspaces.com',
  'duckdns.org',
  'dyndns.org',
  'elasticbeanstalk.com',
  'eu.com',
  'firebaseapp.com',
  'fly.dev',
  'github.io',
  'gitlab.io',
  'herokuapp.com',
  'netlify.app',
  'ngrok-free.app',
  'ngrok.app',
  'ngrok.dev',
  'ngrok.io',
  'nip.io',
  'no-ip.org',
  'on.aws',
  'ondigitalocean.app',
  'onrender.com',
  'ovh.net',
  'pages.dev',
  'pkg.dev',
  'railway.app',
  'run.app',
  'scw.cloud',
  'sslip.io',
  'synology.me',
  'traefik.me',
  'trycloudflare.com',
  'ts.net',
  'uk.com',
  'us.com',
  'vercel.app',
  'web.app',
  'workers.dev',
]);

/**
 * What of a name somebody registered: `docker.io` of `auth.docker.io`, `example.co.uk` of `registry.example.co.uk`. A name
 * below a domain that providers share out is its own.
 *
 * @param hostname no address.
 */
export function registrableDomain(hostname: string): string {
  const labels = hostname.toLowerCase().replace(/\.$/, '').split('.');
  for (let from = 1; from < labels.length; from++) {
    if (SHARED.has(labels.slice(from).join('.'))) return labels.join('.');
  }
  const [second = '', top = ''] = labels.slice(-2);
  const isPublicSecond = top.length === 2 && PUBLIC_SECONDS.test(second);
  return labels.slice(isPublicSecond ? -3 : -2).join('.');
}
