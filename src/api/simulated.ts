/** How a simulated cluster's nodes are marked in the API; the process that pretends to be them acts on these marks alone. */
export const simulatedNodes = {
  /** Label, `true`: this process runs the node's kubelet. Deleting such a Node removes the machine. */
  label: 'shoal.dev/simulated',
  /** Annotation, when it was done (RFC 3339): the node's machine is off until the annotation goes. */
  killed: 'shoal.dev/killed',
} as const;
