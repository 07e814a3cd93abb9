//! Rate choice: filter, each refusal with its reason, then sort. The decision keeps every candidate.

mod accepted;
mod choice;
mod dimensional;
mod quote;
mod rules;
mod services;

pub use choice::{Candidate, ChosenQuote, Decision, RateRequest, Refusal, Unrated, Verdict, choose};
pub use dimensional::billable_weight;
pub use quote::{CarrierMessage, Quote, Quotes};
pub use rules::{Conditions, RateRules, Rule, ServicePattern, Speed};
pub use services::{Carrier, Service, ServiceFacts, facts, taken_by_any_service};
