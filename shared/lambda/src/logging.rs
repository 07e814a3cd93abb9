//! Logs: one JSON object a line, at the level of `PUNCTUAL_LOG`, with the fields of the event and, under `spans`, of
//! what it belongs to: request id, shop, order.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The variable that sets the level, for example `info` or `debug,hyper=warn`.
const LEVEL_VARIABLE: &str = "PUNCTUAL_LOG";

/// Starts logging. A level that can't be read falls back to `info` and says so.
pub(crate) fn start() {
    let wanted = config::environment(LEVEL_VARIABLE).unwrap_or_else(|| "info".to_owned());
    let filter: Result<Targets, _> = wanted.parse();
    let unreadable = filter.is_err();
    let filter = filter.unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    // Its span names the request a second time.
    let filter = filter.with_target("lambda_runtime", LevelFilter::WARN);
    // Below that level the SDK shows bodies: addresses and secrets.
    let filter = filter.with_target("aws_smithy_runtime", LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
    tracing_subscriber::registry().with(lines).with(filter).init();
    if unreadable {
        tracing::warn!(variable = LEVEL_VARIABLE, "log level can't be read, info is used");
    }
}
