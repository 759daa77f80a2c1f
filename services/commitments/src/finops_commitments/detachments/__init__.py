"""What the detaching of cloud accounts means: figures stay, advice and findings end (ING-5)."""
