import { Body, Controller, Get, HttpCode, HttpStatus, Inject, Param, Post } from '@nestjs/common';
import type { Config } from '../config.js';
import { Infers } from '../http/overload.js';
import { type CallTerms, Terms } from '../serving/call.js';
import { CONFIG } from '../tokens.js';
import {
  type BatchAnswer,
  type HousePriceAnswer,
  type LinearAnswer,
  PredictService,
  type SentimentAnswer,
} from './predict.service.js';
import { parseNumber, requestParsers, type RequestParsers } from './requests.js';

@Controller('predict')
export class PredictController {
  private readonly parse: RequestParsers;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly service: PredictService,
  ) {
    this.parse = requestParsers(config.limits);
  }

  @Post()
  @Infers('sentiment')
  @HttpCode(HttpStatus.OK)
  sentiment(@Body() body: unknown, @Terms() terms: CallTerms): Promise<SentimentAnswer> {
    return this.service.sentiment(this.parse.predict(body).text, terms);
  }

  @Post('batch')
  @Infers('sentiment')
  @HttpCode(HttpStatus.OK)
  batch(@Body() body: unknown, @Terms() terms: CallTerms): Promise<BatchAnswer> {
    return this.service.batch(this.parse.batch(body).texts, terms);
  }

  @Post('house-price')
  @Infers('house-price')
  @HttpCode(HttpStatus.OK)
  housePrice(@Body() body: unknown, @Terms() terms: CallTerms): Promise<HousePriceAnswer> {
    return this.service.housePrice(this.parse.house(body), terms);
  }

  @Get(':value')
  @Infers('linear')
  linear(@Param('value') value: string, @Terms() terms: CallTerms): Promise<LinearAnswer> {
    return this.service.linear(parseNumber(value), terms);
  }
}
