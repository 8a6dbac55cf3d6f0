import { type AdmissionScope, compileForAdmission } from '../cel/admission/environment.ts';
import { subdomainErrors } from '../qualified-name.ts';
