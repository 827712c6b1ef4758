/** The client's page. */
import "../design/base.css"
