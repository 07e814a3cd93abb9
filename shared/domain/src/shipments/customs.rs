//! Customs forms for mail that is domestic by price but crosses a customs border: to the armed forces overseas, to the Pacific
//! islands.
//!
//! Only the seller can declare goods: whatever a form says beyond the order comes from the seller's settings, and without them
//! no form is made.

mod form;
mod need;

pub use form::{
    Customs, CustomsForm, CustomsFormError, CustomsItem, DESCRIPTION_CHARS_MAX, NonDelivery,
    ProductDeclaration, customs_form,
};
pub use need::{FormNeed, form_need};
