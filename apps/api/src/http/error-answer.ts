import { STATUS_CODES } from 'node:http';
import { mediaTypes } from './accept.js';
import type { Answer } from './answer.js';
import type { ValidationError } from './validation-error.js';

/** Error body by the presence of types in Accept (spec: rest-api.md 5.3). */
export function errorAnswer(accept: string | undefined, status: number, message: string): Answer {
  const types = mediaTypes(accept);
  if (types.includes('application/json')) {
    return { status, type: 'application/json', body: JSON.stringify({ message, code: status }) };
  }
  if (types.includes('text/html')) {
    return { status, type: 'text/html; charset=utf-8', body: errorPage(status, message) };
  }
  return { status, type: 'text/plain; charset=utf-8', body: message };
}

/** 404 and 405 of the router: JSON that clients of both kinds can read (spec: rest-api.md 1.3). */
export function routingErrorAnswer(status: 404 | 405): Answer {
  const detail = STATUS_CODES[status] ?? '';
  return {
    status,
    type: 'application/json',
    body: JSON.stringify({ detail, message: detail, code: status }),
  };
}

/** spec: rest-api.md 5.4 */
export function validationAnswer(error: ValidationError): Answer {
  const body = { detail: error.problems, message: error.message, code: 422 };
  return { status: 422, type: 'application/json', body: JSON.stringify(body) };
}

function errorPage(status: number, message: string): string {
  return (
    '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n' +
    `<html><head><title>Error ${status}.</title></head><body>` +
    `<h1>Code: ${status}.</h1><h1>Message: ${escapeHtml(message)}</h1></body></html>\n`
  );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
