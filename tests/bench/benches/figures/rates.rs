//! Rate choice: from EasyPost's answer to the decision.
//!
//! The answer is read as orders are (see there): by the connector as a whole, whose CPU time without rates is taken
//! off. The choice is called directly.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bench::data::rates::{Trip, answer, empty_answer};
use bench::report::{Report, Row, duration};
use bench::spread::Spread;
use bench::{canned, cpu};
use carriers::easypost::{self, EasyPost};
use carriers::{Connector as _, Offer};
use domain::rates::{Quotes, RateRules, choose};
use system::{Clock as _, SystemClock};

const DEADLINE: Duration = Duration::from_secs(20);
const CALLS: usize = 4_000;
const CHOICES: usize = 20_000;

pub fn run(report: &mut Report) -> anyhow::Result<()> {
    let trip = Trip::default();
    for rates in [24, 59] {
        let full = answer(rates);
        let (whole, quotes) = quote(&trip, &full)?;
        let (exchange, none) = quote(&trip, &empty_answer(&full))?;
        anyhow::ensure!(quotes.quotes.len() == rates && none.quotes.is_empty(), "the rates can't be read");
        let parse = whole.saturating_sub(exchange);
        let remark = format!("CPU; {} KB; the HTTP call {} more", full.len() / 1024, duration(exchange));
        report.add(&Row::median(format!("answer with {rates} rates read"), CALLS, parse).remark(remark))?;

        let choice = choice(&trip, &quotes)?;
        report.add(&Row::spread(format!("choice among {rates} rates"), &choice))?;
        let both = parse + choice.percentile(50);
        report.add(&Row::median(format!("{rates} rates read and chosen from"), CALLS, both).remark("CPU"))?;
        let with_call = whole + choice.percentile(50);
        let what = format!("{rates} rates asked for, read and chosen from");
        report.add(&Row::median(what, CALLS, with_call).remark("CPU, with the HTTP call"))?;
    }
    Ok(())
}

/// The CPU time of one call of `EasyPost::quote`, the median of the rounds, and what it gives.
fn quote(trip: &Trip, answer: &str) -> anyhow::Result<(Duration, Quotes)> {
    let url = canned::serve(answer)?;
    let config = easypost::EasyPostConfig::new(&url, &"EZTKinvented".into())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let easypost = EasyPost::new(carriers::http_client()?, config, Arc::new(SystemClock));
        let spread = cpu::per_call(CALLS, || async {
            easypost.quote(&trip.ship_request(), None, Instant::now() + DEADLINE).await?;
            Ok(())
        });
        let median = spread.await?.percentile(50);
        let Offer { quotes, messages } =
            easypost.quote(&trip.ship_request(), None, Instant::now() + DEADLINE).await?;
        Ok((median, Quotes { quotes, messages, silent: Vec::new(), asked_at: SystemClock.now() }))
    })
}

fn choice(trip: &Trip, quotes: &Quotes) -> anyhow::Result<Spread> {
    let (request, rules) = (trip.rate_request(), RateRules::built_in()?);
    anyhow::ensure!(choose(quotes.clone(), &request, &rules).is_ok(), "no rate can be bought");
    Ok(Spread::measure(CHOICES, || quotes.clone(), |quotes| choose(quotes, &request, &rules)))
}
