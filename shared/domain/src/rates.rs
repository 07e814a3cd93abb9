//! Rate choice: filter, each refusal with its reason, then sort. The decision keeps every candidate.

mod acceptance;
mod arrival;
mod choice;
mod dimensional;
mod quote;
mod refused;
mod restrictions;
mod rules;
mod services;
mod ticket;
mod working_days;

pub use acceptance::Acceptance;
pub use arrival::{arrival, first_pickup};
pub use choice::{
    Candidate, ChosenQuote, Decision, Ineligible, NoEligibleRate, RateRequest, Verdict, choose,
};
pub use dimensional::billable_weight;
pub use quote::{CarrierMessage, Quote, Quotes, Silence, SilentAccount};
pub use refused::{LabelRefusal, RefusalStreak, RefusalStreaks, RefusedBy, RefusedLabel};
pub use restrictions::{Restriction, total_restriction};
pub use rules::{Conditions, MaxCost, RateRule, RateRules, ServicePattern, Speed};
pub use services::{Carrier, Service, ServiceFacts, facts, taken_by_any_service};
pub use ticket::Ticket;
pub use working_days::Schedule;
