import { Command, Option } from 'commander';
import { makeKubernetesSecret } from '../../api/credentials/contract.ts';
import { ask } from '../admin-client.ts';
import { usableRegistry } from '../docker-config/usable-registry.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly namespace?: string;
  readonly output: 'yaml' | 'json';
}

export function k8sSecret(invocation: Invocation): Command {
  const command = new Command('secret')
    .description(
      'Print the Secret with which Kubernetes pulls from a registry that Havre is connected to: registry-secret-<id>, of type kubernetes.io/dockerconfigjson. Handing it out is written down in the audit log.',
    )
    .summary('Print the Secret with which Kubernetes pulls from a registry.')
    .argument('<registry>', 'its id, name or host')
    .option('--namespace <namespace>', "where it is to be: that of the pods (default: kubectl's)")
    .addOption(new Option('-o, --output <form>', 'how it is written').choices(['yaml', 'json']).default('yaml'))
    .action((registry: string, options: Options) => run(invocation, registry, options));
  return examples(withWhereOptions(command), [
    ['havre k8s secret ghcr --namespace prod | kubectl apply -f -', 'made, or brought up to date'],
    [
      `kubectl patch serviceaccount default -n prod -p '{"imagePullSecrets":[{"name":"registry-secret-reg-abc123"}]}'`,
      'in the place of those it names',
    ],
  ]);
}

async function run(invocation: Invocation, meant: string, options: Options): Promise<void> {
  const { secret, yaml, remarks } = await withAdmin(invocation, options, async (connection) => {
    const { id } = await usableRegistry(connection, meant);
    return await ask(connection, makeKubernetesSecret, { id, namespace: options.namespace });
  });
  const isJson = options.json === true || options.output === 'json';
  invocation.host.stdout.write(isJson ? `${JSON.stringify(secret, null, 2)}\n` : yaml);
  for (const remark of remarks) invocation.remark(remark);
}
