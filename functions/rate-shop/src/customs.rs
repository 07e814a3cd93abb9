//! The customs form of a parcel that needs one.

use domain::address::Address;
use domain::customs::{Customs, CustomsForm, CustomsFormError, FormNeed, customs_form, form_need};
use domain::exception::ExceptionKind;
use domain::order::LineItem;
use domain::parcel::CatalogueItem;

use crate::RateFailure;

/// The customs papers of a parcel.
pub(crate) struct Papers {
    /// The form, where one is needed and can be made.
    pub(crate) form: Option<CustomsForm>,
    /// Who wants a form that there is none of.
    pub(crate) wanted: FormNeed,
    /// Why there is none.
    flaw: Option<CustomsFormError>,
}

/// Makes the form of a parcel with `items`. A parcel to a place for which the Postal Service wants none may go without.
pub(crate) fn papers(
    from: &Address,
    to: &Address,
    items: &[&LineItem],
    catalogue: &[CatalogueItem],
    declared: Option<&Customs>,
) -> Result<Papers, RateFailure> {
    let need = form_need(from, to);
    let made = match need {
        FormNeed::None => return Ok(Papers { form: None, wanted: FormNeed::None, flaw: None }),
        FormNeed::Border => {
            let detail = "The parcel crosses a border. Customs papers for that are not made here.";
            return Err(RateFailure::Block(ExceptionKind::CustomsFormNeeded, detail.to_owned()));
        }
        FormNeed::ExceptUsps | FormNeed::Always => customs_form(items.iter().copied(), catalogue, declared),
    };
    match made {
        Ok(form) => Ok(Papers { form: Some(form), wanted: FormNeed::None, flaw: None }),
        Err(flaw) if need == FormNeed::ExceptUsps => {
            Ok(Papers { form: None, wanted: need, flaw: Some(flaw) })
        }
        Err(flaw) => Err(RateFailure::Block(ExceptionKind::CustomsFormNeeded, sentence(&flaw))),
    }
}

impl Papers {
    /// What to say when nothing can be bought because the form is missing.
    pub(crate) fn detail(&self) -> Option<String> {
        self.flaw.as_ref().map(sentence)
    }
}

fn sentence(flaw: &CustomsFormError) -> String {
    format!("The destination needs a customs form, which can't be made: {flaw}.")
}
