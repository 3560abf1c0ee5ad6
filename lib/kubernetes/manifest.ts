import type {
  KubernetesGrpcProbe,
  KubernetesProbe,
  KubernetesProbes,
} from './kubernetes-probes.js';

const POD = "# In the pod's spec, beside containers:";
const CONTAINER = '# In the container, beside its image:';

/** The probes as YAML, with a comment on where each part goes. */
export function manifest({
  terminationGracePeriodSeconds,
  ...probes
}: KubernetesProbes<KubernetesProbe | KubernetesGrpcProbe>): string {
  const pod = toYaml({ terminationGracePeriodSeconds });
  return `${POD}\n${pod}\n${CONTAINER}\n${toYaml(probes)}`;
}

/**
 * Objects of objects, strings and numbers, with names that need no quotes. Strings are written as
 * JSON, which is YAML too, since bare ones may mean something else: `1e3` is a port's name.
 */
function toYaml(fields: object, indent = ''): string {
  return Object.entries(fields)
    .map(([name, value]) =>
      typeof value === 'object'
        ? `${indent}${name}:\n${toYaml(value, `${indent}  `)}`
        : `${indent}${name}: ${JSON.stringify(value)}\n`,
    )
    .join('');
}
