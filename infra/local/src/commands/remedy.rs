//! `punctual remedy`: what a person does about orders with exceptions.

use std::time::Duration;

use ::remedy::{RemedyOutcome, RemedyReport, RemedyRequest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Completion;
use crate::cli::RemedyAction;
use crate::control::{self, Operation, PerformedBy, Services};
use crate::text::{Table, note};

#[derive(Deserialize, Serialize)]
pub(crate) struct ApplyRemedy {
    /// As `remedy` takes it everywhere.
    request: Value,
}

impl Operation for ApplyRemedy {
    const NAME: &'static str = "apply_remedy";
    /// 500 orders, eight at a time, with calls to TikTok.
    const TIMEOUT: Duration = Duration::from_secs(600);
    const IF_REPLY_LOST: &'static str =
        "the remedy may have been applied: `punctual order ORDER_ID` shows what was done";
    type Context = Services;
    type Reply = RemedyReport;

    async fn perform(self, Services(functions): &Services) -> anyhow::Result<RemedyReport> {
        Ok(functions.remedy.run(RemedyRequest::try_from(self.request)?).await?)
    }
}

pub(super) async fn execute(action: &RemedyAction) -> anyhow::Result<Completion> {
    let orders = action.orders();
    let operation = ApplyRemedy { request: action.request()? };
    let (report, performed_by) = control::perform(operation, &orders.data.variables()).await?;
    if orders.output.json {
        super::print_json(&report)?;
    } else {
        print(&report)?;
    }
    let is_done = |outcome: &RemedyOutcome| matches!(outcome, RemedyOutcome::Done { .. });
    if performed_by == PerformedBy::ThisProcess && report.outcomes.iter().any(|item| is_done(&item.outcome)) {
        note("The consequences follow when punctual --live is started.");
    }
    match report.outcomes.iter().all(|item| is_done(&item.outcome)) {
        true => Ok(Completion::Done),
        false => Ok(Completion::NotAllDone),
    }
}

fn print(report: &RemedyReport) -> anyhow::Result<()> {
    let mut table = Table::new(&["ORDER", "OUTCOME", "DETAIL"]);
    for item in &report.outcomes {
        let (outcome, detail) = match &item.outcome {
            RemedyOutcome::Done { what } => ("done", what),
            RemedyOutcome::Refused { why } => ("refused", why),
            RemedyOutcome::Failed { why } => ("failed", why),
        };
        table.row([item.order.to_string(), outcome.to_owned(), detail.clone()]);
    }
    super::print_lines(table.lines())
}
