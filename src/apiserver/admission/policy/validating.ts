import { kinds } from '../../../api/scheme.ts';
import { ApiError, type StatusReason, statusCodes } from '../../../api/status.ts';
import type { ValidatingAdmissionPolicy } from '../../../api/types/admissionregistration-v1.ts';
import type { Store } from '../../../store/store.ts';
import { messageOf } from '../../../util/errors.ts';
import type { Resources } from '../../resources.ts';
import { type AdmissionAttributes, type AdmissionPlugin, admissionForbidden } from '../plugin.ts';
import { type Binding, type Compile, type Compiled, followPolicies, type Policy } from './definitions.ts';
import { type Run, visitPolicies } from './run.ts';

interface CompiledValidation {
  expression: string;
  compiled: Compiled;
  message: string;
  messageExpression: Compiled | undefined;
  reason: string;
}

interface Body {
  validations: readonly CompiledValidation[];
  audit: readonly { key: string; compiled: Compiled }[];
}

interface Refusal {
  policy: Policy<Body>;
  binding: Binding | undefined;
  message: string;
  reason: string;
}

function compileBody({ spec }: ValidatingAdmissionPolicy, compile: Compile): Body {
  return {
    validations: (spec?.validations ?? []).map(({ expression, message = '', messageExpression = '', reason = 'Invalid' }) => ({
      expression,
      compiled: compile(expression, ['bool']),
      message,
      messageExpression: messageExpression.trim() === '' ? undefined : compile(messageExpression, ['string']),
      reason,
    })),
    audit: (spec?.auditAnnotations ?? []).map(({ key, valueExpression }) => ({ key, compiled: compile(valueExpression) })),
  };
}

/** ValidatingAdmissionPolicies under their bindings. Resolves when those stored have been read. */
export async function createValidatingPolicies(store: Store, resources: Resources): Promise<AdmissionPlugin> {
  const policies = await followPolicies(store, kinds.ValidatingAdmissionPolicy, kinds.ValidatingAdmissionPolicyBinding, compileBody);
  return {
    name: 'ValidatingAdmissionPolicy',
    validate(attributes, context) {
      const present = policies();
      if (present.length === 0) return;
      return (async () => {
        const refusals: Refusal[] = [];
        const refuse = (policy: Policy<Body>, binding: Binding | undefined, message: string, reason = 'Invalid'): void => {
          refusals.push({ policy, binding, message, reason });
        };
        await visitPolicies(present, resources, attributes, context, refuse, (run) => validate(run, attributes, refuse));
        const [first] = refusals;
        if (first !== undefined) throw refusalError(attributes, first);
      })();
    },
  };
}

type RefuseFor = (policy: Policy<Body>, binding: Binding, message: string, reason?: string) => void;

async function validate(run: Run<Body>, attributes: AdmissionAttributes, refuse: RefuseFor): Promise<void> {
  const { policy, binding } = run;
  for (const validation of policy.body.validations) {
    let message: string | undefined;
    try {
      if ((await run.evaluate(validation.compiled)) !== true) message = await messageFor(run, validation);
    } catch (thrown) {
      if (policy.spec.failurePolicy === 'Ignore') continue;
      // What cannot be judged is refused as invalid whatever the rule's own reason is.
      act(run, attributes, refuse, messageOf(thrown), 'Invalid');
      continue;
    }
    if (message !== undefined) act(run, attributes, refuse, message, validation.reason);
  }
  for (const { compiled } of policy.body.audit) {
    try {
      await run.evaluate(compiled);
    } catch (thrown) {
      if (policy.spec.failurePolicy !== 'Ignore') refuse(policy, binding, messageOf(thrown));
    }
  }
}

/** What the binding makes of a rule that is broken. */
function act({ policy, binding }: Run<Body>, attributes: AdmissionAttributes, refuse: RefuseFor, message: string, reason: string): void {
  for (const action of binding.spec.validationActions ?? []) {
    if (action === 'Deny') refuse(policy, binding, message, reason);
    if (action === 'Warn') {
      attributes.warn?.(`Validation failed for ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}': ${message}`);
    }
  }
}

/** The message that the rule computes, else the one that it names, else the rule itself. */
async function messageFor(run: Run<Body>, { messageExpression, message, expression }: CompiledValidation): Promise<string> {
  if (messageExpression !== undefined) {
    try {
      const text = String(await run.evaluate(messageExpression)).trim();
      if (text !== '' && !text.includes('\n')) return text;
    } catch {
      // Falls back, as upstream does.
    }
  }
  return message.trim() === '' ? `failed expression: ${expression.trim()}` : message.trim();
}

function refusalError(attributes: AdmissionAttributes, { policy, binding, message, reason }: Refusal): ApiError {
  const where = binding === undefined ? '' : ` with binding '${binding.name}'`;
  const text = `ValidatingAdmissionPolicy '${policy.name}'${where} denied request: ${message}`;
  const { message: whole, details } = admissionForbidden(attributes, text);
  const code = statusCodes[reason as StatusReason] ?? statusCodes.Invalid;
  return new ApiError(reason as StatusReason, whole, { ...details, causes: [{ message: text }] }, code);
}
