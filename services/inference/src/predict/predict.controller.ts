import { Body, Controller, Get, HttpCode, HttpStatus, Inject, Param, Post } from '@nestjs/common';
import type { Config } from '../config.js';
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
  @HttpCode(HttpStatus.OK)
  sentiment(@Body() body: unknown): Promise<SentimentAnswer> {
    return this.service.sentiment(this.parse.predict(body).text);
  }

  @Post('batch')
  @HttpCode(HttpStatus.OK)
  batch(@Body() body: unknown): Promise<BatchAnswer> {
    return this.service.batch(this.parse.batch(body).texts);
  }

  @Post('house-price')
  @HttpCode(HttpStatus.OK)
  housePrice(@Body() body: unknown): Promise<HousePriceAnswer> {
    return this.service.housePrice(this.parse.house(body));
  }

  @Get(':value')
  linear(@Param('value') value: string): Promise<LinearAnswer> {
    return this.service.linear(parseNumber(value));
  }
}
