import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.js';

describe('Metrics', () => {
  it('shows what happened in the format of Prometheus', async () => {
    const metrics = new Metrics();
    metrics.httpRequest('GET', '/infrastructures/:id', 200, 0.01);
    metrics.operationFinished('create', 'succeeded', 2);
    metrics.stepFinished('create', 'launch', 0.2);
    metrics.cloudCall('Docker', 'launch', 'ok', 0.3);
    metrics.sshCall('exec', 'ok', 0.1);
    metrics.fileRead('cached', 0.001);
    metrics.leaseTakenOver();
    metrics.wakeUpsRecreated(3);
    metrics.build('worker', '1.2.3');

    const shown = await metrics.render();

    expect(shown).toContain(
      'im_http_requests_total{method="GET",route="/infrastructures/:id",status="200"} 1',
    );
    expect(shown).toContain('im_operations_total{kind="create",outcome="succeeded"} 1');
    expect(shown).toContain('im_operation_step_duration_seconds_count{kind="create",step="launch"} 1');
    expect(shown).toContain('im_cloud_calls_total{cloud="Docker",method="launch",outcome="ok"} 1');
    expect(shown).toContain('im_ssh_calls_total{call="exec",outcome="ok"} 1');
    expect(shown).toContain('im_tosca_file_reads_total{outcome="cached"} 1');
    expect(shown).toContain('im_tosca_file_read_duration_seconds_count{outcome="cached"} 1');
    expect(shown).toContain('im_leases_taken_over_total 1');
    expect(shown).toContain('im_wake_ups_recreated_total 3');
    expect(shown).toContain('im_build_info{part="worker",version="1.2.3"} 1');
    expect(shown).toContain('process_resident_memory_bytes');
    expect(metrics.contentType).toContain('text/plain');
  });

  it('reads queue depths when it is asked', async () => {
    const metrics = new Metrics();
    let waiting = 1;
    metrics.watchQueue('operations', () => waiting);
    waiting = 7;

    expect(await metrics.render()).toContain('im_queue_depth{queue="operations"} 7');
  });

  it('reads the number of failed jobs when it is asked, and shows none while it cannot be known', async () => {
    const metrics = new Metrics();
    let count = () => Promise.resolve(2);
    metrics.watchFailedJobs('wake-ups', () => count());
    expect(await metrics.render()).toContain('im_queue_failed_jobs{queue="wake-ups"} 2');
    count = () => Promise.reject(new Error('Redis is away.'));
    expect(await metrics.render()).not.toContain('im_queue_failed_jobs{');
  });

  it('asks whether Redis answers when it is asked', async () => {
    const metrics = new Metrics();
    let answers = true;
    metrics.watchRedis(() => Promise.resolve(answers));
    expect(await metrics.render()).toContain('im_redis_up 1');
    answers = false;
    expect(await metrics.render()).toContain('im_redis_up 0');
  });

  it('counts what is left behind when it is asked, and shows nothing while that cannot be known', async () => {
    const metrics = new Metrics();
    let count = () => Promise.resolve(new Map([['unknown', 2]]));
    metrics.watchLeftBehind(() => count());
    expect(await metrics.render()).toContain('im_cloud_resources_left_behind{state="unknown"} 2');
    count = () => Promise.reject(new Error('The database is away.'));
    expect(await metrics.render()).not.toContain('im_cloud_resources_left_behind{');
  });

  it('shows whether the database takes changes once that was tried', async () => {
    const metrics = new Metrics();
    expect(await metrics.render()).not.toContain('im_database_writable{');
    metrics.databaseTried(true);
    expect(await metrics.render()).toContain('im_database_writable{by="reconciler"} 1');
    metrics.databaseTried(false);
    expect(await metrics.render()).toContain('im_database_writable{by="reconciler"} 0');
  });

  it('keeps the figures of two instances apart', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    one.operationFinished('create', 'failed', 1);

    expect(await other.render()).not.toContain('outcome="failed"');
  });
});
