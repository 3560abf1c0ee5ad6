import { Controller, Get } from '@nestjs/common';
import { type Report, ReportService } from './report.service.js';

@Controller('report')
export class ReportController {
  constructor(private readonly reports: ReportService) {}

  @Get()
  report(): Promise<Report> {
    return this.reports.report();
  }
}
