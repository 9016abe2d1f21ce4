"""What the first administrator types."""

from portal.accounts.forms import Address, Name, NewPasswordForm


class AdministratorForm(NewPasswordForm):
    """The first administrator."""

    name: Name
    email: Address
