//! The AWS requests of an order from its first webhook to its delivery, counted on the wire, and their price.
//!
//! The steps run in this process on the backend for AWS, against an emulator behind a proxy that records every call. What
//! Lambda does for a function is added by rule: each message is received and deleted once, each message and each webhook
//! is one run. At volume batches make that less.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

mod intake;
mod prices;
mod units;

use std::collections::BTreeMap;
use std::time::Duration;

use emulator::{Cloud, Template, Wire, WireCall};
use intake::Intake;
use pipeline::{BackendKind, Drive, FaultPlan, World, WorldConfig, until};
use sim::sandbox::Kind;
use units::{Meter, Units};

/// How many orders.
const ORDERS: usize = 20;
/// The memory of a function, in gigabytes.
const MEMORY: f64 = 0.256;
/// How long the outside services take to answer, in seconds: medians of recorded calls of EasyPost, a guess for TikTok.
const TIKTOK_SECONDS: f64 = 0.3;
const EASYPOST_SECONDS: f64 = 0.9;
/// What a run takes beside the outside services: its requests to AWS, some milliseconds each.
const RUN_SECONDS: f64 = 0.03;
/// How long something may take that takes a moment.
const MOMENT: Duration = Duration::from_secs(30);

fn main() -> anyhow::Result<()> {
    let Some(BackendKind::Aws(url)) = BackendKind::aws()? else { return Ok(()) };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(run(&url))
}

async fn run(url: &str) -> anyhow::Result<()> {
    let wire = Wire::to(url, None).await?;
    let cloud = Cloud::new(url).await?;
    let mut world = World::over(WorldConfig::default(), &cloud, &wire).await?;
    let intake = Intake::start(world.functions(&FaultPlan::none())?).await?;
    world.sandbox.tiktok.set_webhook_url(Some(&intake.url));
    wire.keep();
    let calls_before = outside_calls(&world);

    let orders = sim::sandbox::orders(40 * ORDERS, 5).into_iter();
    // As most orders come: held by TikTok for their first hour.
    let held = orders.filter(|order| order.kind == Kind::OnHoldThenReleased).map(|mut order| {
        order.spec.script.clear();
        order
    });
    world.sandbox.add(held.take(ORDERS).collect());
    let orders: Vec<String> = world.sandbox.kinds().keys().cloned().collect();
    anyhow::ensure!(orders.len() == ORDERS, "{} orders", orders.len());
    let mut drive = world.drive(FaultPlan::none())?;
    let tiktok = &world.sandbox.tiktok;
    let happens = |what: &str, order: &str| match what {
        "released" => tiktok.release_hold(order).is_ok(),
        "scanned" => tiktok.carrier_scan(order).is_ok(),
        _ => tiktok.deliver(order).is_ok(),
    };
    settle(&mut drive, &world, &intake).await?;
    for what in ["released", "scanned", "delivered"] {
        for order in &orders {
            anyhow::ensure!(happens(what, order), "order {order} is not {what}");
        }
        settle(&mut drive, &world, &intake).await?;
    }
    let calls = wire.take_calls();
    world.check().await?;
    let records = world.records().await?;
    let delivered =
        records.iter().flat_map(|r| &r.shipments).filter(|s| s.stage.name() == "delivered").count();
    anyhow::ensure!(delivered == ORDERS, "{delivered} delivered");

    let outside = outside_calls(&world).into_iter().zip(calls_before).map(|(after, before)| after - before);
    let [tiktok, easypost] =
        outside.collect::<Vec<_>>().try_into().map_err(|_| anyhow::anyhow!("two services"))?;
    report(&calls, &cloud, intake.requests(), tiktok, easypost)
}

/// Works until no webhook and no message is under way.
async fn settle(drive: &mut Drive<'_>, world: &World, intake: &Intake) -> anyhow::Result<()> {
    let mut seen = usize::MAX;
    loop {
        let deliveries = || world.sandbox.tiktok.deliveries();
        until(MOMENT, async || {
            anyhow::ensure!(deliveries().accepted() == intake.requests(), "webhooks are under way");
            Ok(())
        })
        .await?;
        drive.work_off().await?;
        if intake.requests() == seen {
            return Ok(());
        }
        seen = intake.requests();
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn outside_calls(world: &World) -> [usize; 2] {
    [
        world.sandbox.tiktok.faults().log().records().len(),
        world.sandbox.easypost.faults().log().records().len(),
    ]
}

fn report(
    calls: &[WireCall],
    cloud: &Cloud,
    webhooks: usize,
    tiktok: usize,
    easypost: usize,
) -> anyhow::Result<()> {
    let mut meter = Meter::new(&Template::read()?, &cloud.names.tables);
    let names: BTreeMap<&str, &str> =
        cloud.names.tables.iter().map(|(logical, name)| (name.as_str(), logical.as_str())).collect();
    let mut rows: BTreeMap<String, (usize, Units)> = BTreeMap::new();
    let mut messages = 0;
    let mut largest = 0;
    for call in calls {
        let request: serde_json::Value = serde_json::from_slice(&call.request).unwrap_or_default();
        let of = request["TableName"].as_str().and_then(|table| names.get(table).copied()).unwrap_or("");
        messages += match call.operation.as_str() {
            "SQS.SendMessage" => 1,
            "SQS.SendMessageBatch" => request["Entries"].as_array().map_or(0, Vec::len),
            // The drive's own: Lambda receives, deletes and counts for the functions.
            "SQS.ReceiveMessage"
            | "SQS.DeleteMessage"
            | "SQS.ChangeMessageVisibility"
            | "SQS.GetQueueAttributes" => {
                continue;
            }
            _ => 0,
        };
        if call.operation == "DynamoDB.PutItem" && of == "OrdersTable" {
            largest = largest.max(units::size(request["Item"].as_object()));
        }
        let used = meter.of(call);
        let (count, sum) = rows.entry(format!("{} {of}", call.operation)).or_default();
        *count += 1;
        sum.written += used.written;
        sum.indexed += used.indexed;
        sum.read += used.read;
    }
    let an_order = |count: f64| count / ORDERS as f64;
    println!("AWS requests an order, of {ORDERS} orders from the first webhook to delivery\n");
    println!("{:<36} {:>9} {:>8} {:>8} {:>8} {:>10}", "", "requests", "WRU", "index", "RRU", "USD a mio.");
    let mut total = 0.0;
    let mut row = |what: &str, count: f64, units: Units, price: f64| {
        total += price;
        println!(
            "{what:<36} {count:>9.2} {:>8.2} {:>8.2} {:>8.2} {price:>10.2}",
            units.written, units.indexed, units.read
        );
    };
    for (what, (count, used)) in &rows {
        let count = an_order(*count as f64);
        let used = Units {
            written: an_order(used.written),
            indexed: an_order(used.indexed),
            read: an_order(used.read),
        };
        let price = match what.split_once('.') {
            Some(("SQS", _)) => count * prices::QUEUE_REQUEST,
            Some(("S3", operation)) if operation.starts_with("PUT") => count * prices::OBJECT_PUT,
            Some(("S3", _)) => count * prices::OBJECT_GET,
            _ => (used.written + used.indexed) * prices::WRITE_UNIT + used.read * prices::READ_UNIT,
        };
        row(what, count, used, price);
    }
    let (messages, webhooks) = (an_order(messages as f64), an_order(webhooks as f64));
    let none = Units::default();
    row("SQS.ReceiveMessage, by Lambda", messages, none, messages * prices::QUEUE_REQUEST);
    row("SQS.DeleteMessage, by Lambda", messages, none, messages * prices::QUEUE_REQUEST);
    row("API Gateway", webhooks, none, webhooks * prices::HTTP_REQUEST);
    let runs = messages + webhooks;
    row("Lambda runs", runs, none, runs * prices::RUN);
    let (tiktok, easypost) = (an_order(tiktok as f64), an_order(easypost as f64));
    let seconds = runs * RUN_SECONDS + tiktok * TIKTOK_SECONDS + easypost * EASYPOST_SECONDS;
    row("Lambda GB-seconds", seconds * MEMORY, none, seconds * MEMORY * prices::GIGABYTE_SECOND);
    println!("{:<36} {:>9} {:>8} {:>8} {:>8} {total:>10.2}", "together", "", "", "", "");
    println!(
        "\nlargest record of an order: {largest} bytes; calls an order: TikTok {tiktok:.2}, EasyPost {easypost:.2}"
    );
    Ok(())
}
