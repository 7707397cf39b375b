// Fetching with a time limit. Every refusal becomes a PictureError whose `code` names a text of the catalogue.

const LIMIT_MS = 10000;

export class PictureError extends Error {
  constructor(code, detail = '') {
    super(detail ? `${code}: ${detail}` : code);
    this.code = code;
    this.detail = detail;
  }
}

export async function ask(url, { headers, signal, cache } = {}) {
  const limit = AbortSignal.timeout(LIMIT_MS);
  try {
    const answer = await fetch(url, { headers, cache, signal: signal ? AbortSignal.any([signal, limit]) : limit });
    if (!answer.ok) throw new PictureError(codeOf(answer.status), String(answer.status));
    return answer;
  } catch (error) {
    throw translated(error, signal);
  }
}

// Reading a body can break as well: the connection may drop half-way.
export async function body(answer, kind, signal) {
  try {
    return await answer[kind]();
  } catch (error) {
    throw translated(error, signal);
  }
}

function translated(error, signal) {
  if (error instanceof PictureError) return error;
  if (signal?.aborted) return new PictureError('cancelled');
  if (error.name === 'TimeoutError') return new PictureError('slow');
  return new PictureError('offline', error.message);
}

function codeOf(status) {
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404) return 'gone';
  if (status === 409) return 'changed';
  return 'server';
}
