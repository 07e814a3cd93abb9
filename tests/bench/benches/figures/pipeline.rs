//! The whole pipeline: orders from their webhook to their tracking number at TikTok.
//!
//! The host runs as it does in production, with its data on the disk of the temporary folder (`TMPDIR` names
//! another); the outside services are the sandbox's, on loopback in the same process, and share the CPUs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bench::report::{Report, Row, count};
use bench::spread::Spread;
use bench::{cpu, sandbox};
use domain::Timestamp;
use domain::record::OrderRecord;
use domain::stage::Stage;
use punctual::host::Host;
use punctual::summary::{OrderOutcome, all_orders, outcome};
use sim::faults::FaultRates;
use sim::sandbox::{Kind, SandboxOrder};
use sim::{CallKind, Faults, Sandbox, SandboxConfig};
use system::{Clock as _, SystemClock};

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// One run.
struct Case {
    what: &'static str,
    orders: u32,
    arrivals: Arrivals,
    /// The carriers' time for each call.
    latency_ms: u64,
}

/// How orders come in.
enum Arrivals {
    /// All within seconds, to measure how many are processed a minute.
    Rush,
    /// At this rate a minute, to measure how long each takes.
    Steady(u32),
}

const CASES: [Case; 3] = [
    Case {
        what: "2,000 orders in a rush, carriers at 0 s",
        orders: 2_000,
        arrivals: Arrivals::Rush,
        latency_ms: 0,
    },
    Case {
        what: "2,000 orders in a rush, carriers at 1 s",
        orders: 2_000,
        arrivals: Arrivals::Rush,
        latency_ms: 1_000,
    },
    Case {
        what: "1,000 orders, one each 60 ms, carriers at 1 s",
        orders: 1_000,
        arrivals: Arrivals::Steady(1_000),
        latency_ms: 1_000,
    },
];

impl Arrivals {
    /// From one order to the next.
    fn gap(&self) -> Duration {
        match self {
            Self::Rush => Duration::from_millis(2),
            Self::Steady(a_minute) => Duration::from_secs(60) / *a_minute,
        }
    }
}

pub fn run(report: &mut Report) -> anyhow::Result<()> {
    CASES.iter().try_for_each(|case| run_case(case, report))
}

fn run_case(case: &Case, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (outside, inside) = (sandbox::runtime("sandbox")?, sandbox::runtime("host")?);
    let latency_ms = case.latency_ms..=case.latency_ms;
    let easypost_faults = Faults::seeded(1, FaultRates { latency_ms, ..FaultRates::default() });
    let config = SandboxConfig { orders: 0, easypost_faults, ..SandboxConfig::default() };
    let mut sandbox = outside.block_on(sim::sandbox::start(config))?;
    let config = sandbox::config(folder.path(), sandbox.tiktok.url(), sandbox.easypost.url())?;
    let host = inside.block_on(Host::start(config, 0))?;
    inside.block_on(sandbox::connect(&sandbox, &host))?;

    let (calls_before, cpu_before) = (host.calls.snapshot(), cpu::by_thread()?);
    let announced = outside.block_on(notify(&mut sandbox, case))?;
    outside.block_on(until_labels_are_fetched(&sandbox, case.orders.into()))?;
    let used = cpu::since(&cpu_before, cpu::by_thread()?);
    let records = inside.block_on(until_uploaded(&host, case.orders as usize))?;
    let calls = difference(&calls_before, host.calls.snapshot());
    let twice = sandbox.easypost.labels_bought_twice();
    inside.block_on(host.stop());
    sandbox.shutdown();

    anyhow::ensure!(twice.is_empty(), "bought twice: {twice:?}");
    report.add(&row(case, &announced, &records, &calls, &used)?)?;
    report.say(&format!("  calls an order: {}", per_order(&calls, case.orders)))?;
    report.say(&format!("  CPU: {}", cpu_times(&used)))?;
    Ok(())
}

/// Lets the orders arrive. Returns when each one did, which is when its webhook was sent.
async fn notify(sandbox: &mut Sandbox, case: &Case) -> anyhow::Result<BTreeMap<String, Timestamp>> {
    let light = |order: &SandboxOrder| order.kind == Kind::Light;
    let wanted = case.orders as usize;
    let orders: Vec<_> = sim::sandbox::orders(2 * wanted, 1).into_iter().filter(light).take(wanted).collect();
    anyhow::ensure!(orders.len() == wanted, "the sandbox draws too few light orders");
    let mut announced = BTreeMap::new();
    let begun = tokio::time::Instant::now();
    for (place, order) in (0..).zip(orders) {
        tokio::time::sleep_until(begun + case.arrivals.gap() * place).await;
        let now = SystemClock.now();
        announced.extend(sandbox.add(vec![order]).into_iter().map(|id| (id, now)));
    }
    Ok(announced)
}

/// Asks the sandbox, because the host would have to read all orders for an answer.
async fn until_labels_are_fetched(sandbox: &Sandbox, orders: u64) -> anyhow::Result<()> {
    let begun = Instant::now();
    let calls = |calls: BTreeMap<CallKind, u64>, kind| calls.get(&kind).copied().unwrap_or(0) >= orders;
    while !calls(sandbox.tiktok.calls(), CallKind::MarkShipped)
        || !calls(sandbox.easypost.calls(), CallKind::LabelFile)
    {
        anyhow::ensure!(begun.elapsed() < PATIENCE, "the orders are not done");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn until_uploaded(host: &Host, orders: usize) -> anyhow::Result<Vec<OrderRecord>> {
    let begun = Instant::now();
    loop {
        let records = all_orders(&*host.backend.orders).await?;
        let uploaded = records.iter().filter(|record| outcome(record) == OrderOutcome::Uploaded).count();
        if uploaded == orders {
            return Ok(records);
        }
        anyhow::ensure!(begun.elapsed() < PATIENCE, "{uploaded} orders are uploaded");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn row(
    case: &Case,
    announced: &BTreeMap<String, Timestamp>,
    records: &[OrderRecord],
    calls: &BTreeMap<String, u64>,
    used: &cpu::ByThread,
) -> anyhow::Result<Row> {
    let mut took = Vec::new();
    let mut last = Timestamp::MIN;
    for record in records {
        let from = announced.get(record.order.id.as_str()).context("an order that nobody announced")?;
        let uploaded = uploaded_at(record).context("an order that is not uploaded")?;
        took.push(Duration::try_from(uploaded.duration_since(*from))?);
        last = last.max(uploaded);
    }
    let first = announced.values().min().context("no orders")?;
    let a_second = f64::from(case.orders) / last.duration_since(*first).as_secs_f64();
    let per_order = |sum: f64| sum / f64::from(case.orders);
    let cpu: f64 = used.values().map(Duration::as_secs_f64).sum();
    let cost = format!(
        "{:.2} outside calls and {:.1} ms CPU an order, sandbox included",
        per_order(calls.values().sum::<u64>() as f64),
        per_order(cpu * 1e3),
    );
    let row = Row::spread(case.what, &Spread::of(took));
    Ok(match case.arrivals {
        Arrivals::Rush => {
            let a_minute = count(a_second * 60.0);
            Row { a_second: Some(a_second), ..row }.remark(format!("{a_minute} a minute; {cost}"))
        }
        Arrivals::Steady(_) => Row { a_second: None, ..row }.remark(cost),
    })
}

fn uploaded_at(record: &OrderRecord) -> Option<Timestamp> {
    match &record.shipments.first()?.stage {
        Stage::Uploaded { upload, .. } | Stage::Scanned { upload, .. } | Stage::Delivered { upload, .. } => {
            Some(upload.at)
        }
        _ => None,
    }
}

fn difference(before: &BTreeMap<String, u64>, after: BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let since = |(kind, n): (String, u64)| {
        let n = n - before.get(&kind).copied().unwrap_or(0);
        (kind, n)
    };
    after.into_iter().map(since).filter(|(_, n)| *n > 0).collect()
}

fn per_order(calls: &BTreeMap<String, u64>, orders: u32) -> String {
    let texts: Vec<String> =
        calls.iter().map(|(kind, n)| format!("{kind} {:.3}", *n as f64 / f64::from(orders))).collect();
    texts.join(", ")
}

fn cpu_times(used: &cpu::ByThread) -> String {
    let texts: Vec<String> =
        used.iter().map(|(thread, time)| format!("{thread} {:.2} s", time.as_secs_f64())).collect();
    texts.join(", ")
}
