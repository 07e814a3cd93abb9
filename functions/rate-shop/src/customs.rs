//! The customs form of a parcel that needs one.

use domain::address::Address;
use domain::customs::{Customs, CustomsForm, CustomsFormError, FormNeed, customs_form, form_need};
use domain::exception::ExceptionKind;
use domain::order::LineItem;
use domain::parcel::CatalogueItem;

use crate::RateFailure;

/// The customs form of a parcel, or why there is none.
pub(crate) struct CustomsPapers {
    /// The form, if one is needed and can be made.
    pub(crate) form: Option<CustomsForm>,
    /// Which services need the form that can't be made.
    pub(crate) unmet_need: FormNeed,
    error: Option<CustomsFormError>,
}

impl CustomsPapers {
    /// None are needed.
    pub(crate) fn none() -> Self {
        Self { form: None, unmet_need: FormNeed::None, error: None }
    }
}

/// Makes the customs form of a parcel with `items`. Where the postal service needs none, a parcel may go without.
pub(crate) fn customs_papers(
    from: &Address,
    to: &Address,
    items: &[&LineItem],
    catalogue: &[CatalogueItem],
    declared: Option<&Customs>,
) -> Result<CustomsPapers, RateFailure> {
    let need = form_need(from, to);
    let made = match need {
        FormNeed::None => return Ok(CustomsPapers::none()),
        FormNeed::Border => {
            let detail = "The parcel crosses a border, and Punctual does not make customs papers for that.";
            return Err(RateFailure::Block(ExceptionKind::CustomsFormNeeded, detail.to_owned()));
        }
        FormNeed::ExceptUsps | FormNeed::Always => customs_form(items.iter().copied(), catalogue, declared),
    };
    match made {
        Ok(form) => Ok(CustomsPapers { form: Some(form), unmet_need: FormNeed::None, error: None }),
        Err(error) if need == FormNeed::ExceptUsps => {
            Ok(CustomsPapers { form: None, unmet_need: need, error: Some(error) })
        }
        Err(error) => Err(RateFailure::Block(ExceptionKind::CustomsFormNeeded, detail_of(&error))),
    }
}

impl CustomsPapers {
    /// Why the form can't be made, for the exception of a parcel that can't be sent without it.
    pub(crate) fn detail(&self) -> Option<String> {
        self.error.as_ref().map(detail_of)
    }
}

fn detail_of(error: &CustomsFormError) -> String {
    format!("The destination needs a customs form, which can't be made: {error}.")
}
