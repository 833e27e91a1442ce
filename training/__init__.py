"""Training of the weights that the package ships; needs the extra ``training``, and no part of the package needs it."""
