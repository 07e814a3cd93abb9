//! What an outage of one party costs the others: a shop for which TikTok is slow or down, random refusals of a carrier, and a
//! day on which every limit is reached.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bench::report::{Report, Row, count};
use bench::sandbox;
use bench::spread::Spread;
use domain::Timestamp;
use punctual::host::Host;
use sim::faults::FaultRates;
use sim::sandbox::Kind;
use sim::{CallKind, Faults, Sandbox, SandboxConfig};
use system::{Clock as _, SystemClock};

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(900);
/// How many shops there are.
const SHOPS: usize = 10;
/// Longer than the timeout of any call.
const DEAD: Duration = Duration::from_secs(3_600);

/// One run.
#[derive(Clone)]
struct Case {
    what: &'static str,
    /// Orders of each shop.
    orders: usize,
    /// The time in which they arrive.
    within: Duration,
    carriers: FaultRates,
    /// The delay of every call for the last shop.
    sick: Option<Duration>,
    /// Calls per second that TikTok accepts for each shop.
    tiktok_calls_max: Option<u32>,
}

/// The result of a run.
struct Outcome {
    /// From each order of a healthy shop to its upload.
    took: Spread,
    /// From the first order to the last upload.
    all: Duration,
    /// Calls that TikTok accepted for each order.
    tiktok_calls: f64,
}

impl Case {
    fn calm(what: &'static str) -> Self {
        Self {
            what,
            orders: 100,
            within: Duration::from_secs(10),
            carriers: carriers(500..=500, FaultRates::default()),
            sick: None,
            tiktok_calls_max: None,
        }
    }
}

fn carriers(latency_ms: RangeInclusive<u64>, rates: FaultRates) -> FaultRates {
    FaultRates { latency_ms, ..rates }
}

pub fn run(report: &mut Report) -> anyhow::Result<()> {
    let calm = Case::calm("ten shops, 100 orders each, carriers at 0.5 s");
    let healthy = add(report, &calm, "")?;
    for (what, by) in [
        ("the same, TikTok dead for one: the nine others", DEAD),
        ("the same, TikTok at 5 s for one: the nine others", Duration::from_secs(5)),
    ] {
        let case = Case { what, sick: Some(by), ..calm.clone() };
        let sick = run_case(&case)?;
        let median = |outcome: &Outcome| outcome.took.percentile(50).as_secs_f64();
        let against =
            format!("p50 {:+.0} % against healthy", (median(&sick) / median(&healthy) - 1.0) * 100.0);
        report.add(&row(&case, &sick, &against))?;
    }

    let crowd = Case {
        what: "ten shops, 300 orders each in 6 s, carriers at 1 s",
        orders: 300,
        within: Duration::from_secs(6),
        carriers: carriers(1_000..=1_000, FaultRates::default()),
        ..calm.clone()
    };
    add(report, &crowd, "")?;

    let rush = Case {
        what: "ten shops, 100 orders each in 2 s, carriers at 0.5 s",
        within: Duration::from_secs(2),
        ..calm.clone()
    };
    let even = add(report, &rush, "")?;
    let refusals = FaultRates { too_many_requests: 0.05, ..FaultRates::default() };
    let case = Case {
        what: "the same, 429 to 5 % of calls to carriers",
        carriers: carriers(500..=500, refusals),
        ..rush
    };
    let refused = run_case(&case)?;
    let pace = (even.all.as_secs_f64() / refused.all.as_secs_f64() - 1.0) * 100.0;
    report.add(&row(&case, &refused, &format!("pace {pace:+.0} %")))?;

    // A purchase with an unknown outcome waits for its settling time, whatever the load.
    let only = CallKind::ALL.iter().copied().filter(|kind| *kind != CallKind::ShipmentBuy).collect();
    let faults = FaultRates { server_error: 0.05, only: Some(only), ..FaultRates::default() };
    let day = Case {
        what: "promotion day: ten shops, 500 orders each in a minute",
        orders: 500,
        within: Duration::from_secs(60),
        carriers: carriers(2_000..=2_000, faults),
        sick: None,
        tiktok_calls_max: Some(10),
    };
    let outcome = run_case(&day)?;
    let allowed = outcome.tiktok_calls * day.orders as f64 / 10.0;
    let allowed = allowed.max(day.within.as_secs_f64());
    let times = outcome.all.as_secs_f64() / allowed;
    let limits = format!(
        "TikTok at 10 calls a second a shop, carriers at 2 s with 5 % errors, of purchases none; all after {:.0} s, {times:.2} times what \
         the limits allow ({:.2} calls to TikTok an order)",
        outcome.all.as_secs_f64(),
        outcome.tiktok_calls,
    );
    report.add(&row(&day, &outcome, &limits))?;
    Ok(())
}

fn add(report: &mut Report, case: &Case, remark: &str) -> anyhow::Result<Outcome> {
    let outcome = run_case(case)?;
    report.add(&row(case, &outcome, remark))?;
    Ok(outcome)
}

fn row(case: &Case, outcome: &Outcome, remark: &str) -> Row {
    let a_minute = outcome.took.count() as f64 / outcome.all.as_secs_f64() * 60.0;
    let remark = match remark {
        "" => format!("{} a minute", count(a_minute)),
        remark => format!("{} a minute; {remark}", count(a_minute)),
    };
    Row { a_second: None, ..Row::spread(case.what, &outcome.took) }.remark(remark)
}

fn run_case(case: &Case) -> anyhow::Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let (outside, inside) = (sandbox::runtime("sandbox")?, sandbox::runtime("host")?);
    let config = SandboxConfig {
        orders: 0,
        shops: SHOPS,
        easypost_faults: Faults::seeded(1, case.carriers.clone()),
        shop_qps_max: case.tiktok_calls_max,
        ..SandboxConfig::default()
    };
    let mut sandbox = outside.block_on(sim::sandbox::start(config))?;
    let config = sandbox::config(folder.path(), sandbox.tiktok.url(), sandbox.easypost.url())?;
    let host = inside.block_on(Host::start(config, 0))?;
    inside.block_on(sandbox::connect(&sandbox, &host))?;
    let sick = case.sick.and_then(|by| {
        let shop = sandbox.tiktok.shops().last()?.id.clone();
        sandbox.tiktok.slow_down(&shop, by);
        Some(shop)
    });
    let calls_before: u64 = sandbox.tiktok.calls().values().sum();

    let announced = outside.block_on(notify(&mut sandbox, case, sick.as_deref()))?;
    let uploaded = outside.block_on(until_uploaded(&sandbox, &announced))?;
    if let Some(shop) = sick {
        anyhow::ensure!(sandbox.tiktok.slow_calls(&shop) > 0, "no call was slow");
    }
    let calls: u64 = sandbox.tiktok.calls().values().sum();
    let calls = calls - sandbox.tiktok.calls_over_quota();
    let twice = sandbox.easypost.labels_bought_twice();
    inside.block_on(host.stop());
    sandbox.shutdown();

    anyhow::ensure!(twice.is_empty(), "bought twice: {twice:?}");
    let took = announced.iter().map(|(id, from)| {
        let at = uploaded.get(id).context("an order that is not uploaded")?;
        Ok(Duration::try_from(at.duration_since(*from))?)
    });
    let first = announced.values().min().context("no orders")?;
    let last = announced.keys().filter_map(|id| uploaded.get(id)).max().context("no uploads")?;
    Ok(Outcome {
        took: Spread::of(took.collect::<anyhow::Result<_>>()?),
        all: Duration::try_from(last.duration_since(*first))?,
        tiktok_calls: (calls - calls_before) as f64 / (case.orders * SHOPS) as f64,
    })
}

/// Lets the orders of all shops arrive evenly. Returns when each order of a healthy shop did.
async fn notify(
    sandbox: &mut Sandbox,
    case: &Case,
    sick: Option<&str>,
) -> anyhow::Result<BTreeMap<String, Timestamp>> {
    let wanted = case.orders * SHOPS;
    let drawn = sim::sandbox::orders(2 * wanted, 1).into_iter();
    let orders: Vec<_> = drawn.filter(|order| order.kind == Kind::Light).take(wanted).collect();
    anyhow::ensure!(orders.len() == wanted, "the sandbox draws too few light orders");
    let shops: Vec<String> = sandbox.tiktok.shops().iter().map(|shop| shop.id.clone()).collect();
    let gap = case.within / u32::try_from(wanted)?;
    let mut announced = BTreeMap::new();
    let begun = tokio::time::Instant::now();
    for ((place, mut order), shop) in (0..).zip(orders).zip(shops.iter().cycle()) {
        tokio::time::sleep_until(begun + gap * place).await;
        order.spec.shop_id = Some(shop.clone());
        let now = SystemClock.now();
        let ids = sandbox.add(vec![order]);
        if sick != Some(shop) {
            announced.extend(ids.into_iter().map(|id| (id, now)));
        }
    }
    Ok(announced)
}

/// When each order was uploaded, as TikTok has it.
async fn until_uploaded(
    sandbox: &Sandbox,
    orders: &BTreeMap<String, Timestamp>,
) -> anyhow::Result<BTreeMap<String, Timestamp>> {
    let begun = Instant::now();
    loop {
        let shipped = sandbox.tiktok.calls().get(&CallKind::MarkShipped).copied().unwrap_or(0);
        if shipped >= orders.len() as u64 {
            let uploads = sandbox.tiktok.uploads().into_iter();
            let uploaded: BTreeMap<_, _> = uploads.map(|upload| (upload.order_id, upload.at)).collect();
            if orders.keys().all(|id| uploaded.contains_key(id)) {
                return Ok(uploaded);
            }
        }
        anyhow::ensure!(
            begun.elapsed() < PATIENCE,
            "{shipped} calls to ship came for {} orders",
            orders.len()
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
