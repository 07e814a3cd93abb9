//! Logs: one JSON object a line, with the fields of the event and, under `spans`, of what it belongs to: request id, shop,
//! order.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging at the level of `PUNCTUAL_LOG`. A level that can't be read falls back to `info` and says so.
pub(crate) fn start() {
    let level = config::LOG.value(&config::environment).unwrap_or_else(|| "info".to_owned());
    let filter: Result<Targets, _> = level.parse();
    let is_unreadable = filter.is_err();
    let filter = filter.unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    // Its span names the request a second time.
    let filter = filter.with_target("lambda_runtime", LevelFilter::WARN);
    // At a more verbose level the SDK logs bodies: addresses and secrets.
    let filter = filter.with_target("aws_smithy_runtime", LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
    tracing_subscriber::registry().with(lines).with(filter).init();
    if is_unreadable {
        tracing::warn!(variable = &*config::LOG.name, "log level can't be parsed, using info");
    }
}
