import { boolean, planned, text } from '../option.js';

/** The OAI-PMH repository. spec: configuration.md 2.10 and 8 */
export const oaipmhOptions = {
  OAIPMH_REPO_BASE_IDENTIFIER_URL: text('', 'Folder of the templates at GitHub.', planned),
  OAIPMH_REPO_NAME: text('', 'Name of the repository; needed for /oai.', planned),
  OAIPMH_REPO_DESCRIPTION: text('', 'Description of the repository; needed for /oai.', planned),
  OAIPMH_REPO_ADMIN_EMAIL: text('', 'Address shown by Identify.', planned),
  OAIPMH_RESTRICT_TEMPLATES: boolean(false, 'Only templates of the repository are accepted.', planned),
} as const;
