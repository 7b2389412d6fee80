import { Controller, Get, Header, Inject } from '@nestjs/common';
import type { Config } from '../config.js';
import { CONFIG } from '../tokens.js';
import { describeApi, type Description } from './document.js';
import { PAGE_POLICY, renderPage } from './page.js';

/** The API's description, for programs and for people. */
@Controller()
export class OpenApiController {
  private readonly description: Description;
  private readonly html: string;

  constructor(@Inject(CONFIG) config: Config) {
    this.description = describeApi(config);
    this.html = renderPage(this.description);
  }

  @Get('openapi.json')
  document(): Description {
    return this.description;
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', PAGE_POLICY)
  @Header('referrer-policy', 'no-referrer')
  page(): string {
    return this.html;
  }
}
