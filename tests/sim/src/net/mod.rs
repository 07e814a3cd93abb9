//! HTTP: one listener, one service, and connections that can be cut.

mod answer;
mod line;
mod request;
mod serve;

pub(crate) use answer::Answer;
pub(crate) use request::Request;
pub(crate) use serve::{Server, Service};
