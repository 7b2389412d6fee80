import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.js';
import { infers } from '../http/overload.js';
import { callTerms } from '../serving/call.js';
import type { PredictService } from './predict.service.js';
import { parseNumber, requestParsers } from './requests.js';

export interface PredictParts {
  service: PredictService;
  config: Config;
}

/**
 * The friendly routes. A plugin of Fastify and not a controller of Nest, as the routes of the Open Inference Protocol are:
 * what Nest does between the router and a method is a tenth of the work of a small request.
 */
export function predictRoutes(server: FastifyInstance, { service, config }: PredictParts, done: () => void): void {
  const parse = requestParsers(config.limits);
  server.post('', infers('sentiment'), (request, reply) =>
    service.sentiment(parse.predict(request.body).text, callTerms(request, reply)),
  );
  server.post('/batch', infers('sentiment'), (request, reply) =>
    service.batch(parse.batch(request.body).texts, callTerms(request, reply)),
  );
  server.post('/house-price', infers('house-price'), (request, reply) =>
    service.housePrice(parse.house(request.body), callTerms(request, reply)),
  );
  server.get<{ Params: { value: string } }>('/:value', infers('linear'), (request, reply) => {
    const { value } = request.params;
    if (value !== '') return service.linear(parseNumber(value), callTerms(request, reply));
    // The router lets a parameter be empty.
    reply.callNotFound();
    return undefined;
  });
  done();
}
