//! Values that every rule uses: ids, money, measures, dates, private texts.

pub mod account_id;
pub mod calendar;
pub mod carrier_text;
pub mod decimal;
pub mod ids;
pub mod json;
pub mod measure;
pub mod money;
pub mod paging;
pub mod private;
pub mod retry;
pub mod time;
pub mod width;
pub mod zone;
