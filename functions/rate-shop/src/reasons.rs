//! Why there is no rate, in words.

use domain::Money;
use domain::exception::ExceptionKind;
use domain::rates::{Candidate, CarrierMessage, Refusal, RefusedBy, Verdict};

use crate::customs::Papers;

/// The exception of a parcel for which nothing can be bought, and its detail. `kind` is what the candidates say of it.
pub(crate) fn no_rate(
    kind: ExceptionKind,
    candidates: &[Candidate],
    messages: &[CarrierMessage],
    papers: &Papers,
) -> (ExceptionKind, String) {
    let mut reasons: Vec<String> = Vec::new();
    let told = candidates.iter().map(of_candidate).chain(messages.iter().map(of_message));
    for reason in told {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let detail = match reasons.as_slice() {
        [] => "No carrier offered a rate.".to_owned(),
        reasons => format!("No rate can be bought: {}.", reasons.join("; ")),
    };
    let lacks_form =
        |candidate: &Candidate| candidate.verdict == Verdict::Refused(Refusal::CustomsFormNeeded);
    match papers.detail().filter(|_| candidates.iter().any(lacks_form)) {
        Some(flaw) => (ExceptionKind::CustomsFormNeeded, format!("{flaw} {detail}")),
        None => (kind, detail),
    }
}

fn of_message(message: &CarrierMessage) -> String {
    match message.text.trim_end_matches('.') {
        "" => format!("{} gave no rate", message.carrier),
        text => format!("{} says: {text}", message.carrier),
    }
}

fn of_candidate(candidate: &Candidate) -> String {
    let service = &candidate.quote.service;
    let reason = match &candidate.verdict {
        Verdict::Refused(refusal) => refused(refusal, candidate.quote.cost),
        Verdict::Chosen | Verdict::Passed => "can be bought".to_owned(),
    };
    format!("{service} {reason}")
}

/// Without the full stop, to stand within a sentence.
fn bare(reason: &str) -> &str {
    reason.strip_suffix('.').unwrap_or(reason)
}

fn refused(refusal: &Refusal, cost: Money) -> String {
    match refusal {
        Refusal::NotEnabled => "is not enabled".to_owned(),
        Refusal::UnknownService => "is not known".to_owned(),
        Refusal::OtherCurrency => "is priced in another currency".to_owned(),
        Refusal::Free => "is priced at nothing, which the rate rules do not allow".to_owned(),
        Refusal::NotDeliveredThere { .. } => "does not deliver to such an address".to_owned(),
        Refusal::CustomsFormNeeded => "needs a customs form".to_owned(),
        Refusal::TooHeavy => "does not take the weight".to_owned(),
        Refusal::TooLong | Refusal::TooLarge => "does not take the size".to_owned(),
        Refusal::OtherPackaging => "is for packaging of the carrier's".to_owned(),
        Refusal::AddressMisfit { misfit } => misfit.to_string(),
        Refusal::NotTakenByTikTok { since } => format!("is not accepted by TikTok since {since}"),
        Refusal::NoDeliveryOption => {
            "has no provider at TikTok, because the order names no delivery option".to_owned()
        }
        Refusal::NoProvider => "has no provider at TikTok in the order's delivery option".to_owned(),
        Refusal::RefusedBefore { by: RefusedBy::Carrier, reason } => {
            format!("was refused by the carrier before ({})", bare(reason))
        }
        Refusal::RefusedBefore { by: RefusedBy::TikTok, reason } => {
            format!("was refused by TikTok before ({})", bare(reason))
        }
        Refusal::Stopped { reason, .. } => {
            format!("is not bought for now, because it was refused several times in a row ({})", bare(reason))
        }
        Refusal::TooDear { highest } => format!(
            "costs {cost}, more than the {highest} that a label for this order may cost (max_cost in the rate rules)"
        ),
        Refusal::OverPriceLimit { limit } => format!("costs more than the {limit} that the label may cost"),
        Refusal::TooSlow { arrives } => format!("arrives on {arrives}"),
        Refusal::DaysUnknown => "does not say when it arrives".to_owned(),
    }
}
