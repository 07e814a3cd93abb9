//! A run of the host from the command line.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use backend::{BackendError, OrderFilter, ShopList};
use config::environment;
use domain::OrderKey;
use jiff::SignedDuration;
use sim::Sandbox;
use system::{Clock, SystemClock};
use workflow::error_chain;

use crate::args::Args;
use crate::config::Config;
use crate::host::{Host, install_tls};
use crate::notify::{Smtp, test_mail};
use crate::progress::{self, Progress, say};
use crate::summary::{Outcome, Summary, orders_of, outcome};
use crate::{backup, check_settings, import, operator, remedy, sandbox};

/// How many orders a sandbox has.
const ORDERS: usize = 20;
/// The seed of a run that ends.
const SEED_ONCE: u64 = 1;
/// The port of a live host.
const PORT_LIVE: u16 = 8080;
/// How long nothing may move before a run that should end is given up.
const PATIENCE: Duration = Duration::from_secs(180);
/// How often the orders are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The pause after a look that failed.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// A host that goes on for ever shows the orders that it heard of in this time.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(24);
/// How many dead letters are counted.
const DEAD_LETTERS_SHOWN: usize = 1_000;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every order is done.
    AllDone,
    /// Some order is not.
    NotAllDone,
}

/// Does what the command line says.
pub async fn run(args: Args) -> anyhow::Result<Ended> {
    if let Some(import) = &args.import {
        import::apply(import).await?;
        return Ok(Ended::AllDone);
    }
    if let Some(call) = &args.remedy {
        return Ok(if remedy::apply(call, args.json).await? { Ended::AllDone } else { Ended::NotAllDone });
    }
    if args.connect_link {
        operator::print_connect_link(args.port.unwrap_or(PORT_LIVE))?;
        return Ok(Ended::AllDone);
    }
    if let Some(shop) = &args.disconnect {
        operator::disconnect(shop).await?;
        return Ok(Ended::AllDone);
    }
    if let Some(to) = &args.test_mail {
        return send_test_mail(to).await;
    }
    if let Some(file) = &args.check_settings {
        say(&check_settings::check(file)?);
        return Ok(Ended::AllDone);
    }
    if let Some(to) = &args.backup {
        return backup::make(to);
    }
    if let Some(from) = &args.restore {
        return backup::restore(from, args.labels_checked);
    }
    let began = Instant::now();
    let run_began = SystemClock.now();
    let (sandbox, config) = match args.live {
        true => (None, Config::read(&environment)?),
        false => {
            let seed = args.seed.unwrap_or(match args.once {
                true => SEED_ONCE,
                false => run_began.as_second().unsigned_abs(),
            });
            let (sandbox, config) = sandbox::start(args.orders.unwrap_or(ORDERS), seed).await?;
            (Some(sandbox), config)
        }
    };
    let (data, public_url) = (config.data.clone(), config.public_url.clone());
    let mut host = Host::listen(config, args.port.unwrap_or(if args.live { PORT_LIVE } else { 0 })).await?;
    introduce(&host, sandbox.as_ref(), &data, public_url.as_deref());
    if let Some(sandbox) = &sandbox {
        sandbox::connect(sandbox, &host).await?;
    }
    host.work();

    let expected = match (&sandbox, args.once, args.orders) {
        (Some(sandbox), ..) => Some(sandbox.kinds().len()),
        (None, true, orders) => Some(orders.unwrap_or(ORDERS)),
        (None, false, _) => None,
    };
    let watch = Watch {
        host: &host,
        sandbox: sandbox.as_ref(),
        expected,
        run_began,
        once: args.once,
        patience: args.timeout_seconds.map_or(PATIENCE, Duration::from_secs),
    };
    let seen = tokio::select! {
        ended = watch.until_done() => ended,
        interrupted = interrupted() => {
            interrupted?;
            watch.look().await
        }
    };
    host.stop().await;
    if let Some(sandbox) = &sandbox {
        sandbox.shutdown();
    }
    let (mut summary, misplaced) = seen.context("the orders can't be counted")?;
    summary.elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    progress::print(&summary, args.json)?;
    for line in &misplaced {
        say(line);
    }
    let done = summary.under_way == 0 && summary.lost == 0 && summary.unreadable == 0 && misplaced.is_empty();
    Ok(if done || !args.once { Ended::AllDone } else { Ended::NotAllDone })
}

fn introduce(host: &Host, sandbox: Option<&Sandbox>, data: &std::path::Path, public_url: Option<&str>) {
    if let Some(sandbox) = sandbox {
        say(&format!("sandbox      {}", sandbox::addresses(sandbox)));
    }
    say(&format!("data         {}", data.display()));
    let here = format!("http://{}", host.address);
    let link = host.functions.shop_authorization.connect_link(public_url.unwrap_or(&here));
    say(&format!("connect      {}", link.url.expose()));
    let webhooks: Vec<String> =
        host.functions.webhook_intake.paths().map(|path| format!("{here}{path}")).collect();
    say(&format!("webhooks     {}", webhooks.join(", ")));
}

struct Watch<'a> {
    host: &'a Host,
    sandbox: Option<&'a Sandbox>,
    expected: Option<usize>,
    run_began: domain::Timestamp,
    once: bool,
    patience: Duration,
}

impl Watch<'_> {
    /// Shows progress until all orders are done, or nothing has moved for too long; without `once`, for ever. A look that
    /// fails is said, and ends nothing: the work goes on.
    async fn until_done(&self) -> Result<(Summary, Vec<String>), BackendError> {
        let mut progress = Progress::default();
        let mut moved = (Instant::now(), [0; 6]);
        loop {
            let looked = Instant::now();
            let (summary, misplaced) = match self.look().await {
                Ok(seen) => seen,
                Err(error) if self.once && moved.0.elapsed() > self.patience => return Err(error),
                Err(error) => {
                    tracing::error!(error = error_chain(&error), "the orders can't be counted");
                    tokio::time::sleep(LOOK_AGAIN).await;
                    continue;
                }
            };
            progress.show(&summary, self.expected);
            let settled = summary.under_way == 0 && summary.lost == 0;
            let Summary { orders, uploaded, exceptions, cancelled, under_way, labels_bought, .. } = summary;
            let state = [orders, uploaded, exceptions, cancelled, under_way, labels_bought];
            if state != moved.1 {
                moved = (Instant::now(), state);
            }
            if self.once && (settled || moved.0.elapsed() > self.patience) {
                progress.finish();
                return Ok((summary, misplaced));
            }
            // However many orders there are, looking takes a small part of the time.
            tokio::time::sleep(LOOK_EVERY.max(looked.elapsed() * 20)).await;
        }
    }

    /// Counts all orders, or for a host that goes on for ever those of the last day.
    async fn look(&self) -> Result<(Summary, Vec<String>), BackendError> {
        let recent = self.host.clock.now().saturating_sub(SHOWN_FOR).ok();
        let filter = match (self.sandbox, self.once) {
            (None, false) => OrderFilter { seen_from: recent, ..OrderFilter::default() },
            _ => OrderFilter::default(),
        };
        let (records, unreadable) = orders_of(&*self.host.backend.orders, &filter).await?;
        let outcomes: HashMap<String, Outcome> =
            records.iter().map(|record| (record.order.id.to_string(), outcome(record))).collect();
        let mut summary = Summary::of(&records, self.run_began);
        summary.outside_calls = self.host.calls.snapshot();
        let mut misplaced = Vec::new();
        match self.sandbox {
            Some(sandbox) => {
                let is_stored = |id: &String| {
                    outcomes.contains_key(id) || unreadable.iter().any(|key| key.order.as_str() == *id)
                };
                summary.lost = sandbox.kinds().keys().filter(|id| !is_stored(id)).count();
                misplaced = sandbox::misplaced(sandbox, &outcomes);
            }
            None => {
                let stored = summary.orders + unreadable.len();
                summary.lost = self.expected.unwrap_or(0).saturating_sub(stored);
            }
        }
        let ShopList { shops, unreadable: unreadable_shops } = self.host.backend.shops.list_shops().await?;
        for shop in shops {
            summary.count_shop(&shop.value);
        }
        summary.unreadable = unreadable.len() + unreadable_shops.len();
        let dead = self.host.backend.queues.dead_letters(DEAD_LETTERS_SHOWN).await?;
        summary.dead_letters = dead.len();
        if self.expected.is_none() {
            // An order that TikTok told of and that could not be read has no record to hang an exception on.
            let keys: BTreeSet<&OrderKey> = dead.iter().filter_map(|letter| letter.message.key()).collect();
            for key in keys {
                // One that can't be read is stored.
                let is_lost = matches!(self.host.backend.orders.load_order(key).await, Ok(None));
                summary.lost += usize::from(is_lost);
            }
        }
        Ok((summary, misplaced))
    }
}

/// Waits until somebody ends the program: with Ctrl-C, or, as systemd and container runtimes do, with SIGTERM.
#[cfg(unix)]
async fn interrupted() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM can't be heard")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("Ctrl-C can't be heard"),
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> anyhow::Result<()> {
    tokio::signal::ctrl_c().await.context("Ctrl-C can't be heard")
}

async fn send_test_mail(to: &str) -> anyhow::Result<Ended> {
    install_tls();
    let smtp = Smtp::from_variables(&environment)?.context("PUNCTUAL_SMTP_URL is not set")?;
    test_mail(&smtp, to, &(Arc::new(SystemClock) as Arc<dyn Clock>)).await?;
    say("the mail server has taken the test mail");
    Ok(Ended::AllDone)
}
