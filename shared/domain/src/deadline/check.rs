//! Rejects rules that would silently give wrong deadlines.

use super::rules::{AutoCancel, DispatchRule, DispatchRules, MarketHolidays, Term, Terms};
use crate::calendar::Day;
use crate::zone;

/// Why rules can't be used: which entry, which field of it, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{entry}: {field} {problem}")]
pub struct RulesError {
    /// For example `rule 2 (US from 2026-01-09)`, or `holidays of GB`; rules count from 1.
    pub entry: String,
    /// Nested fields have a dot between their names.
    pub field: String,
    pub problem: String,
}

/// No term is longer: a larger number is a typing error.
const DAYS_MAX: i64 = 365;

/// A field, and what is wrong with it.
type RuleProblem = (String, String);

pub(super) fn check(rules: &DispatchRules) -> Result<(), RulesError> {
    let named = |entry: String| move |(field, problem): RuleProblem| RulesError { entry, field, problem };
    for (market, holidays) in &rules.holidays {
        check_holidays(market, holidays).map_err(named(format!("holidays of {market:?}")))?;
    }
    for (place, rule) in rules.rules.iter().enumerate() {
        let entry = format!("rule {} ({} from {})", place + 1, rule.market.code(), rule.from);
        check_rule(rule, &rules.rules[..place]).map_err(named(entry))?;
    }
    Ok(())
}

fn check_holidays(market: &str, holidays: &MarketHolidays) -> Result<(), RuleProblem> {
    check_market(market)?;
    match holidays.dates.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => problem("dates", format!("are out of order: {} after {}", pair[1], pair[0])),
        None => Ok(()),
    }
}

fn check_rule(rule: &DispatchRule, before: &[DispatchRule]) -> Result<(), RuleProblem> {
    check_market(rule.market.code())?;
    if let Some(other) = before.iter().rfind(|other| other.market == rule.market)
        && other.from >= rule.from
    {
        return problem("from", format!("is out of order: {} after {}", rule.from, other.from));
    }
    // The reasons of deadlines quote it inside a sentence.
    let page = &rule.source.page;
    if page.trim().is_empty() || page.ends_with('.') || page.contains(". ") || page.contains(char::is_control)
    {
        return problem("source.page", "must be one line and not a sentence");
    }
    if zone::zone_by_name(&rule.zone).is_none() {
        return problem("zone", format!("{:?} is not a known time zone", rule.zone));
    }
    let works = |day: &Day| !rule.weekend.contains(day);
    if ![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun].iter().any(works) {
        return problem("weekend", "leaves no business day");
    }
    let AutoCancel { ready, scan } = &rule.auto_cancel;
    check_terms("dispatch", &rule.dispatch, |term| !matches!(term, Term::AfterDispatch(_)))?;
    check_terms("auto_cancel.ready", ready, |term| !matches!(term, Term::Handling))?;
    check_terms("auto_cancel.scan", scan, |term| !matches!(term, Term::Handling))
}

/// Two capital letters, as ISO 3166-1 has them; the United Kingdom is `GB`.
fn check_market(code: &str) -> Result<(), RuleProblem> {
    match code.as_bytes() {
        b"UK" => problem("market", "\"UK\" is written \"GB\""),
        [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(()),
        _ => problem("market", format!("{code:?} is not a two-letter country code in capitals")),
    }
}

fn check_terms(field: &str, terms: &Terms, allowed: fn(Term) -> bool) -> Result<(), RuleProblem> {
    let Terms { normal, pre_order, made_to_order, back_order } = *terms;
    for (kind, term) in [
        ("normal", normal),
        ("pre_order", pre_order),
        ("made_to_order", made_to_order),
        ("back_order", back_order),
    ] {
        let Some(term) = term else { continue };
        let field = format!("{field}.{kind}");
        match term {
            _ if !allowed(term) => return problem(field, "is a kind of term that is not allowed here"),
            Term::AfterRelease(_) if kind != "pre_order" => {
                return problem(field, "counts from a release date, which only pre-orders have");
            }
            Term::AfterPayment(days) | Term::AfterRelease(days) | Term::AfterDispatch(days)
                if !(0..=DAYS_MAX).contains(&days) =>
            {
                return problem(field, format!("must be 0 to {DAYS_MAX} days, but is {days}"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn problem<T>(field: impl Into<String>, problem: impl Into<String>) -> Result<T, RuleProblem> {
    Err((field.into(), problem.into()))
}
