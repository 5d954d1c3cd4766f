import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../http/agent-api.ts';
export class PageApi {
  async stream(_request: IncomingMessage, _response: ServerResponse, _url: URL): Promise<boolean> {
    return false;
  }
  file(_path: string): Answer | undefined {
    return undefined;
  }
  close(): void {}
}
