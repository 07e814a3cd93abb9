//! Customs forms of mail that is domestic by its price and not by its way: to the armed forces overseas, to the islands
//! of the Pacific.
//!
//! Only the seller can declare: what a form says beyond the order comes from the seller's settings, and without them no
//! form is made.

mod form;
mod need;

pub use form::{
    Customs, CustomsForm, CustomsFormError, CustomsItem, DESCRIPTION_CHARS_MAX, NonDelivery,
    ProductDeclaration, customs_form,
};
pub use need::{FormNeed, form_need};
