/** What the pages do beyond HTMX: proposals while typing, saving by itself, keys, a double click that counts once. */
import { watchComboboxes } from "./combobox.js";
import { watchCaseForm } from "./case_form.js";
import { watchUpload } from "./upload.js";
import { watchForms } from "./forms.js";

watchForms();
watchComboboxes();
watchCaseForm();
watchUpload();
document.documentElement.dataset.pages = "ready";
