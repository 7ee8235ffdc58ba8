"""What people hold a photo in (files, arrays, Pillow images, tensors): to Photos and back."""
