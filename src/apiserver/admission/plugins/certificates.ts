import { kinds } from '../../../api/scheme.ts';
import type { CertificateSigningRequest } from '../../../api/types/certificates-v1.ts';
import { requestSubject } from '../../../util/pki.ts';
import { type AdmissionAttributes, type AdmissionContext, type AdmissionPlugin, admissionForbidden, isFor } from '../plugin.ts';

/** Whether the user may `verb` for the signer: by its name or by `domain/*`. */
async function mayActFor(
  verb: string,
  signerName: string,
  { user }: AdmissionAttributes,
  { authorizer }: AdmissionContext,
): Promise<boolean> {
  for (const name of [signerName, `${signerName.split('/')[0]}/*`]) {
    const signers = { group: 'certificates.k8s.io', version: '*', resource: 'signers', subresource: '', namespace: '' };
    if ((await authorizer.authorize({ user, verb, ...signers, name })).allowed) return true;
  }
  return false;
}

/** Who asks is written down by the server, whatever the request says (upstream: the CSR registry's `PrepareForCreate`). */
export const certificateRequester: AdmissionPlugin = {
  name: 'CertificateRequester',
  mutate(attributes) {
    if (attributes.operation !== 'CREATE' || !isFor(attributes, kinds.CertificateSigningRequest)) return;
    const { name, uid, groups, extra } = attributes.user;
    const request = attributes.object as CertificateSigningRequest;
    const { username: _username, uid: _uid, groups: _groups, extra: _extra, ...asked } = request.spec;
    request.spec = {
      ...asked,
      username: name,
      groups: [...groups],
      ...(uid === undefined ? {} : { uid }),
      ...(extra === undefined ? {} : { extra: structuredClone(extra) }),
    };
  },
};

/** Approving is a right over the signer, beside the right to the subresource. */
export const certificateApproval: AdmissionPlugin = {
  name: 'CertificateApproval',
  async validate(attributes, context) {
    if (attributes.operation !== 'UPDATE' || !isFor(attributes, kinds.CertificateSigningRequest, 'approval')) return;
    const { signerName } = (attributes.oldObject as CertificateSigningRequest).spec;
    if (await mayActFor('approve', signerName, attributes, context)) return;
    throw admissionForbidden(attributes, `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`);
  },
};

/** So is putting a certificate into the status. */
export const certificateSigning: AdmissionPlugin = {
  name: 'CertificateSigning',
  async validate(attributes, context) {
    if (attributes.operation !== 'UPDATE' || !isFor(attributes, kinds.CertificateSigningRequest, 'status')) return;
    const old = attributes.oldObject as CertificateSigningRequest;
    const { status } = attributes.object as CertificateSigningRequest;
    const failed = (request: Pick<CertificateSigningRequest, 'status'>) =>
      request.status?.conditions?.some(({ type }) => type === 'Failed') === true;
    if (status?.certificate === old.status?.certificate && failed({ status }) === failed(old)) return;
    const { signerName } = old.spec;
    if (await mayActFor('sign', signerName, attributes, context)) return;
    throw admissionForbidden(attributes, `user not permitted to sign requests with signerName ${JSON.stringify(signerName)}`);
  },
};

/** Nobody becomes `system:masters` by asking for a certificate. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate(attributes) {
    if (attributes.operation !== 'CREATE' || !isFor(attributes, kinds.CertificateSigningRequest)) return;
    const { signerName, request } = (attributes.object as CertificateSigningRequest).spec;
    if (signerName !== 'kubernetes.io/kube-apiserver-client') return;
    const { organizations } = requestSubject(Buffer.from(request, 'base64').toString());
    if (organizations.includes('system:masters')) {
      throw admissionForbidden(attributes, `use of ${signerName} signer with system:masters group is not allowed`);
    }
  },
};
