//! `punctual` without a command: the host, on a sandbox or on real shops.

mod monitor;
mod progress;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use system::{Clock as _, SystemClock};

use super::{Completion, Interruption, LIVE_PORT};
use crate::cli::RunArgs;
use crate::config::HostConfig;
use crate::host::Host;
use crate::sandbox::Sandbox;
use crate::text::note;
use monitor::{EndsWhen, Monitor};

/// How many orders a sandbox has, and --once waits for.
const ORDERS_DEFAULT: usize = 20;
/// The seed with --once, so that such a run can be repeated.
const SEED_ONCE: u64 = 1;
/// How long nothing may change before a run with --once is given up.
const STALL_TIMEOUT_DEFAULT: Duration = Duration::from_secs(180);

pub(super) async fn execute(args: RunArgs) -> anyhow::Result<Completion> {
    let started = Instant::now();
    let started_at = SystemClock.now();
    let orders = args.orders.unwrap_or(ORDERS_DEFAULT);
    let (sandbox, config) = if args.live {
        (None, HostConfig::read(&args.data.variables())?)
    } else {
        let seed_now = started_at.as_second().unsigned_abs();
        let seed = args.seed.unwrap_or(if args.once { SEED_ONCE } else { seed_now });
        let (sandbox, config) = Sandbox::start(orders, seed, &args.data.variables()).await?;
        (Some(sandbox), config)
    };
    let (data, public_url) = (config.data.clone(), config.public_url.clone());
    let port = args.port.unwrap_or(if args.live { LIVE_PORT } else { 0 });
    let mut host = Host::listen(config, port).await?;
    // Whoever has read the introduction may stop the host.
    let mut interruption = Interruption::listen()?;
    introduce(&host, sandbox.as_ref(), &data, public_url.as_deref());
    if let Some(sandbox) = &sandbox {
        sandbox.connect(&host).await?;
    }
    host.work();

    let stall_timeout = args.timeout.map_or(STALL_TIMEOUT_DEFAULT, Duration::from_secs);
    let monitor = Monitor {
        host: &host,
        sandbox: sandbox.as_ref(),
        expected: match (&sandbox, args.once) {
            (Some(sandbox), _) => Some(sandbox.order_ids().len()),
            (None, true) => Some(orders),
            (None, false) => None,
        },
        started_at,
        ends_when: if args.once { EndsWhen::AllDone { stall_timeout } } else { EndsWhen::Interrupted },
    };
    let counted = tokio::select! {
        counted = monitor.watch() => counted,
        () = interruption.wait() => monitor.count().await,
    };
    host.stop().await;
    if let Some(sandbox) = &sandbox {
        sandbox.shutdown();
    }
    let (mut summary, misplaced) = counted.context("the orders can't be counted")?;
    summary.elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    if args.output.json {
        super::print_json(&summary)?;
    } else {
        super::print_lines(progress::summary_lines(&summary))?;
    }
    for line in &misplaced {
        note(line);
    }
    let all_done =
        summary.under_way == 0 && summary.lost == 0 && summary.unreadable == 0 && misplaced.is_empty();
    Ok(if all_done || !args.once { Completion::Done } else { Completion::NotAllDone })
}

fn introduce(host: &Host, sandbox: Option<&Sandbox>, data: &Path, public_url: Option<&str>) {
    if let Some(sandbox) = sandbox {
        note(&format!("sandbox      {}", sandbox.urls()));
    }
    note(&format!("data         {}", data.display()));
    let here = format!("http://{}", host.address);
    let link = host.functions.shop_authorization.connect_link(public_url.unwrap_or(&here));
    note(&format!("connect      {}", link.url.expose()));
    let webhooks: Vec<String> =
        host.functions.webhook_intake.paths().map(|path| format!("{here}{path}")).collect();
    note(&format!("webhooks     {}", webhooks.join(", ")));
}
