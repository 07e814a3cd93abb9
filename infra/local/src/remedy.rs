//! `punctual remedy`: what a person does about exceptions, on the data folder of this machine.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use ::remedy::{RemedyDeps, RemedyOutcome, RemedyReport, RemedyRequest, RemedyStep};
use anyhow::Context as _;
use backend::Backend;
use backend_sqlite::SqliteBackend;
use carriers::{Carrier, EasyPost, easypost};
use config::environment;
use serde_json::{Value, json};
use system::{Clock, SystemClock};
use tiktok::TikTok;

use crate::config::Config;
use crate::host::install_tls;
use crate::progress::say;

/// A remedy for orders of a shop, as the command line gives it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Call {
    /// Its name.
    pub action: String,
    /// The shop.
    pub shop: String,
    /// The orders.
    pub orders: Vec<String>,
    /// Why it is cancelled, or refused.
    pub reason: Option<String>,
    /// What is written to the buyer.
    pub text: Option<String>,
    /// What a buyer is told besides whose request is refused.
    pub comment: Option<String>,
    /// A JSON file with the right address.
    pub address: Option<PathBuf>,
    /// No longer urgent.
    pub off: bool,
}

/// Shows nothing that is written to a buyer.
impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("action", &self.action)
            .field("shop", &self.shop)
            .field("orders", &self.orders)
            .finish_non_exhaustive()
    }
}

impl Call {
    fn request(&self) -> anyhow::Result<RemedyRequest> {
        let address: Value = match &self.address {
            Some(file) => {
                let text = std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
                serde_json::from_str(&text).ok().with_context(|| format!("{} is not JSON", file.display()))?
            }
            None => Value::Null,
        };
        let request = json!({
            "shop": self.shop,
            "orders": self.orders,
            "remedy": {
                "action": self.action.replace('-', "_"),
                "reason": self.reason,
                "text": self.text,
                "comment": self.comment,
                "address": address,
                "urgent": !self.off,
            },
        });
        Ok(RemedyRequest::try_from(request)?)
    }
}

/// Applies the remedy and prints the report; true when every order took it. What follows from it waits in the data
/// folder for the next run.
pub async fn apply(call: &Call, json: bool) -> anyhow::Result<bool> {
    let request = call.request()?;
    let config = Config::read(&environment)?;
    install_tls();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let backend = Backend::of(SqliteBackend::open(&config.data, Arc::clone(&clock))?);
    let tiktok =
        TikTok::new(tiktok::http_client()?, config.tiktok, Arc::clone(&clock), Arc::clone(&backend.secrets));
    let account =
        easypost::Config::new(&config.easypost.url, &config.easypost.key).context("EASYPOST_API_KEY")?;
    let carrier: Arc<dyn Carrier> =
        Arc::new(EasyPost::new(carriers::http_client()?, account, Arc::clone(&clock)));
    let step = RemedyStep::new(RemedyDeps {
        orders: backend.orders,
        shops: backend.shops,
        queues: backend.queues,
        tiktok,
        carrier,
        clock,
    });
    let report = step.run(request).await?;
    print(&report, json)?;
    let done = report.outcomes.iter().all(|item| matches!(item.outcome, RemedyOutcome::Done { .. }));
    if done {
        say("What follows is done by the next run of punctual --live.");
    }
    Ok(done)
}

fn print(report: &RemedyReport, json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, report)?;
        return writeln!(out);
    }
    for item in &report.outcomes {
        let (outcome, text) = match &item.outcome {
            RemedyOutcome::Done { what } => ("done", what),
            RemedyOutcome::Refused { why } => ("refused", why),
            RemedyOutcome::Failed { why } => ("failed", why),
        };
        writeln!(out, "{:<20} {outcome:<8} {text}", item.order.as_str())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Call;

    #[test]
    fn makes_a_request_of_the_command_line() {
        let call = |action: &str| Call {
            action: action.into(),
            shop: "7".into(),
            orders: vec!["1".into()],
            ..Call::default()
        };
        let request = call("mark-urgent").request().unwrap();
        assert_eq!(request.remedy, domain::remedy::Remedy::MarkUrgent { urgent: true });
        let error = call("cancel-and-refund").request().unwrap_err().to_string();
        assert!(error.starts_with("remedy.reason is not out_of_stock"), "{error}");
        assert!(call("sing").request().unwrap_err().to_string().starts_with("remedy.action"));
    }
}
