//! Why a parcel has no rate, as its exception says it.

use domain::Money;
use domain::exception::ExceptionKind;
use domain::rates::{Candidate, CarrierMessage, Ineligible, NoEligibleRate, RefusedBy, Verdict};

use crate::customs::CustomsPapers;

/// The exception of a parcel for which nothing can be bought, and its detail. `kind` is the exception that follows from the
/// candidates; a customs form that can't be made takes precedence.
pub(crate) fn no_rate(
    kind: ExceptionKind,
    unrated: &NoEligibleRate,
    papers: &CustomsPapers,
) -> (ExceptionKind, String) {
    let NoEligibleRate { candidates, messages, incomplete } = unrated;
    let mut reasons: Vec<String> = Vec::new();
    let silent = incomplete.iter().map(ToString::to_string);
    for reason in
        candidates.iter().map(reason_of_candidate).chain(messages.iter().map(reason_of_message)).chain(silent)
    {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let detail = match reasons.as_slice() {
        [] => "No carrier offered a rate.".to_owned(),
        reasons => format!("No rate can be bought: {}.", reasons.join("; ")),
    };
    let lacks_form =
        |candidate: &Candidate| candidate.verdict == Verdict::Ineligible(Ineligible::CustomsFormNeeded);
    match papers.detail().filter(|_| candidates.iter().any(lacks_form)) {
        Some(missing) => (ExceptionKind::CustomsFormNeeded, format!("{missing} {detail}")),
        None => (kind, detail),
    }
}

fn reason_of_message(message: &CarrierMessage) -> String {
    match message.text.trim_end_matches('.') {
        "" => format!("{} gave no rate", message.carrier),
        text => format!("{} says: {text}", message.carrier),
    }
}

fn reason_of_candidate(candidate: &Candidate) -> String {
    let service = &candidate.quote.service;
    let reason = match &candidate.verdict {
        Verdict::Ineligible(refusal) => refused(refusal, candidate.quote.cost),
        Verdict::Chosen | Verdict::Eligible => "can be bought".to_owned(),
    };
    format!("{service} {reason}")
}

/// The reason without its full stop, to stand within a sentence.
fn clause(reason: &str) -> &str {
    reason.strip_suffix('.').unwrap_or(reason)
}

fn refused(refusal: &Ineligible, cost: Money) -> String {
    match refusal {
        Ineligible::NotEnabled => "is not enabled".to_owned(),
        Ineligible::UnknownService => "is an unknown service".to_owned(),
        Ineligible::OtherCurrency => "is priced in another currency".to_owned(),
        Ineligible::Free => "is priced at nothing, which the rate rules do not allow".to_owned(),
        Ineligible::NotDeliveredThere { .. } => "does not deliver to this kind of address".to_owned(),
        Ineligible::CustomsFormNeeded => "needs a customs form".to_owned(),
        Ineligible::TooHeavy => "does not carry this weight".to_owned(),
        Ineligible::TooLong | Ineligible::TooLarge => "does not carry this size".to_owned(),
        Ineligible::OtherPackaging => "requires the carrier's own packaging".to_owned(),
        Ineligible::AddressNotAccepted { issue } => issue.to_string(),
        Ineligible::NotTakenByTikTok { since } => format!("has not been accepted by TikTok since {since}"),
        Ineligible::NoDeliveryOption => {
            "has no provider at TikTok, because the order names no delivery option".to_owned()
        }
        Ineligible::NoProvider => "has no provider at TikTok in the order's delivery option".to_owned(),
        Ineligible::RefusedBefore { by: RefusedBy::Carrier, reason } => {
            format!("was refused by the carrier earlier ({})", clause(reason))
        }
        Ineligible::RefusedBefore { by: RefusedBy::TikTok, reason } => {
            format!("was refused by TikTok earlier ({})", clause(reason))
        }
        Ineligible::Stopped { reason, .. } => {
            format!(
                "is suspended for now, because it was refused several times in a row ({})",
                clause(reason)
            )
        }
        Ineligible::TooDear { highest } => format!(
            "costs {cost}, more than the {highest} that a label for this order may cost (max_cost in the rate rules)"
        ),
        Ineligible::OverPriceLimit { limit } => {
            format!("costs more than the {limit} that the label may cost")
        }
        Ineligible::TooSlow { arrives } => format!("arrives on {arrives}"),
        Ineligible::DaysUnknown => "does not say when it arrives".to_owned(),
    }
}
