/**
 * Replaces `$(NAME)` by what `lookup` knows; unknown names stay as written and `$$` is a literal `$` (Kubernetes'
 * third_party/forked/golang/expansion).
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name: string | undefined) => (name === undefined ? '$' : (lookup(name) ?? whole)));
}
