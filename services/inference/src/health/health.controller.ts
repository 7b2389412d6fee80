import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SERVICE, VERSION } from '../service-info.js';
import { Readiness } from './readiness.js';

interface Health {
  status: 'healthy' | 'ready' | 'not ready';
  service: string;
  version: string;
  timestamp: string;
  /** Why not ready. */
  reason?: string;
}

@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** Alive: the main thread answers. Models have no part in it, or their trouble would restart every pod at once. */
  @Get('health')
  health(): Health {
    return health('healthy');
  }

  @Get('ready')
  ready(@Res({ passthrough: true }) reply: FastifyReply): Health {
    const reason = this.readiness.obstacle;
    if (reason === undefined) return health('ready');
    reply.code(HttpStatus.SERVICE_UNAVAILABLE);
    return { ...health('not ready'), reason };
  }
}

function health(status: Health['status']): Health {
  return { status, service: SERVICE, version: VERSION, timestamp: new Date().toISOString() };
}
